import { copyFileSync, renameSync, statSync, truncateSync } from 'node:fs';

export interface RotationOptions {
  /** A log beyond this is rotated; default 16 MiB. */
  readonly maxBytes?: number;
  /** How many older files are kept: `<log>.1` is the newest; default 3. */
  readonly keep?: number;
}

/**
 * Copies a log that has grown too large to `<log>.1` and empties it. The component keeps its open file (it appends), so
 * it notices nothing; a line written between the copy and the truncation, microseconds apart, is lost.
 */
export function rotateIfLarge(path: string, { maxBytes = 16 << 20, keep = 3 }: RotationOptions = {}): boolean {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= maxBytes) return false;
  for (let n = keep - 1; n >= 1; n -= 1) {
    if (statSync(`${path}.${n}`, { throwIfNoEntry: false }) !== undefined)
      renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  }
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  return true;
}
