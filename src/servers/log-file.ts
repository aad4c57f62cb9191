import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';

const KEPT_LOGS = 4;
const TAIL_BYTES = 4096;
const TAIL_LINES = 8;

/**
 * Opens a log for appending (0600). What an earlier start wrote moves to `<path>.1`, older ones to `.2` … `.4`.
 * @returns the file descriptor, to be closed by the caller
 */
export function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > 0) rotate(path);
  return openSync(path, 'a', 0o600);
}

/** The last lines of a log, for an error that shows why a server ended. */
export function logTail(path: string): string {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    closeSync(file);
  }
}

function rotate(path: string): void {
  for (let index = KEPT_LOGS - 1; index >= 1; index -= 1) {
    if (existsSync(`${path}.${index}`)) renameSync(`${path}.${index}`, `${path}.${index + 1}`);
  }
  renameSync(path, `${path}.1`);
}
