import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { AegisError } from '../model/errors.ts';
import { readManifest } from './footer.ts';
import type { TapeManifest } from './manifest.ts';
import { TAPE_SUFFIX } from './path.ts';

export type FoundTape =
  | { readonly state: 'none' }
  | { readonly state: 'damaged'; readonly error: AegisError }
  | { readonly state: 'good'; readonly manifest: TapeManifest };

/** What lies at the place of a tape. */
export function findManifest(file: string): FoundTape {
  if (!existsSync(file)) return { state: 'none' };
  try {
    return { state: 'good', manifest: readManifest(file) };
  } catch (error) {
    if (AegisError.is(error)) return { state: 'damaged', error };
    throw error;
  }
}

/** A tape of the catalog. */
export interface CatalogEntry {
  /** Relative to the tape folder. */
  readonly path: string;
  readonly found: FoundTape;
}

/**
 * The tapes below a folder, in order of their paths (so: of time, within one topic). The catalog is the folder itself:
 * every tape carries its manifest. A folder that does not exist holds none.
 * @param below a topic's or any other folder, relative to the tape folder; default: everything.
 * @param period only tapes whose period begins like this: a day or month.
 */
export function listTapes(tapesDir: string, below = '', period = ''): CatalogEntry[] {
  const root = path.join(tapesDir, below);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(TAPE_SUFFIX) && entry.name.startsWith(period))
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: path.relative(tapesDir, file), found: findManifest(file) }));
}
