import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { TapeKey, TapeManifest } from './manifest.ts';
import { tapePath } from './path.ts';

/** A finished tape that is not in the catalog yet. */
export interface StagedTape {
  /** Where it lies: beside its place, so that putting it there is one rename. */
  readonly file: string;
  /** Its place in the catalog. */
  readonly target: string;
  readonly manifest: TapeManifest;
}

const PREFIX = '.new-';
/** Older unfinished files belong to an importer that was killed: a living one writes all the time. */
const ABANDONED_MS = 60 * 60_000;

/** A new file name beside a tape's place; makes the folder and removes what killed importers left there. */
export function stagingFile(tapesDir: string, key: TapeKey): { file: string; target: string } {
  const target = path.join(tapesDir, tapePath(key));
  const folder = path.dirname(target);
  mkdirSync(folder, { recursive: true });
  removeAbandoned(folder);
  return { file: path.join(folder, `${PREFIX}${key.period}-${randomBytes(6).toString('hex')}`), target };
}

function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(PREFIX)) continue;
    const file = path.join(folder, name);
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > ABANDONED_MS) rmSync(file, { force: true });
  }
}
