import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Replacement } from '../market/binance/archive/replacements.ts';
import { AegisError } from '../model/errors.ts';
import type { CatalogEntry } from './catalog.ts';
import { Int64Buffer } from './column-buffer.ts';
import type { TapeManifest } from './manifest.ts';
import { openTape } from './reader.ts';
import { BATCH_ROWS } from './writer.ts';

export type TapeFinding =
  | { readonly kind: 'damaged'; readonly path: string; readonly problem: string }
  /** Binance has published the source again with other content. */
  | { readonly kind: 'replaced'; readonly path: string; readonly source: string; readonly newSha256: string };

/** Reads a tape as a whole and compares it with its manifest, and its source with the lists of replaced archives. */
export function verifyTape(
  tapesDir: string,
  { path: relative, found }: CatalogEntry,
  replacements: readonly Replacement[] = [],
): TapeFinding[] {
  if (found.state !== 'good') {
    const problem = found.state === 'damaged' ? found.error.message : 'it is not there';
    return [{ kind: 'damaged', path: relative, problem }];
  }
  const problem = contentProblem(path.join(tapesDir, relative), found.manifest);
  const { source, sourceSha256 } = found.manifest;
  const replaced = replacements.find(
    ({ name, oldSha256 }) => oldSha256 === sourceSha256 && name === path.posix.basename(source),
  );
  return [
    ...(problem === undefined ? [] : [{ kind: 'damaged', path: relative, problem } as const]),
    ...(replaced === undefined
      ? []
      : [{ kind: 'replaced', path: relative, source, newSha256: replaced.newSha256 } as const]),
  ];
}

function contentProblem(file: string, manifest: TapeManifest): string | undefined {
  const times = new Int64Buffer('time', BATCH_ROWS);
  const hash = createHash('sha256');
  let last = Number.NEGATIVE_INFINITY;
  try {
    const tape = openTape(file);
    try {
      if (tape.rows !== manifest.rows) return `it has ${tape.rows} rows, its manifest says ${manifest.rows}`;
      for (let index = 0; index < tape.batches; index++) {
        const batch = tape.batch(index);
        for (const [row, time] of batch.time.entries()) {
          if (time < last) return `time goes back in batch ${index}, row ${row}`;
          last = time;
          times.set(row, time);
        }
        hash.update(times.bytes(batch.rows)).update(batch.json);
      }
    } finally {
      tape.close();
    }
  } catch (error) {
    if (AegisError.is(error)) return error.message;
    throw error;
  }
  return hash.digest('hex') === manifest.contentSha256 ? undefined : 'its rows are not those its manifest was made of';
}
