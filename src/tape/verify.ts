import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Replacement } from '../market/binance/archive/replacements.ts';
import { AegisError } from '../model/errors.ts';
import type { CatalogEntry } from './catalog.ts';
import { Int64Buffer } from './column-buffer.ts';
import type { TapeManifest } from './manifest.ts';
import { openTape, type TapeBatch } from './reader.ts';
import { HASHED_ROWS } from './writer.ts';

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
  const content = new ContentHash();
  let rows = 0;
  let last = Number.NEGATIVE_INFINITY;
  try {
    const tape = openTape(file);
    try {
      for (let index = 0; index < tape.batches; index++) {
        const batch = tape.batch(index);
        for (const [row, time] of batch.time.entries()) {
          if (time < last) return `time goes back in batch ${index}, row ${row}`;
          last = time;
        }
        rows += batch.rows;
        content.add(batch);
      }
    } finally {
      tape.close();
    }
  } catch (error) {
    if (AegisError.is(error)) return error.message;
    throw error;
  }
  if (rows !== manifest.rows) return `it has ${rows} rows, its manifest says ${manifest.rows}`;
  return content.digest() === manifest.contentSha256 ? undefined : 'its rows are not those its manifest was made of';
}

/** The hash that the writer made, whatever the size of the batches. */
class ContentHash {
  readonly #hash = createHash('sha256');
  readonly #times = new Int64Buffer('time', HASHED_ROWS);
  #json: Uint8Array[] = [];
  #rows = 0;

  add({ time, json }: TapeBatch): void {
    if (this.#rows + time.length > HASHED_ROWS) this.#flush();
    for (const value of time) this.#times.set(this.#rows++, value);
    this.#json.push(json);
  }

  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#times.bytes(this.#rows));
    for (const json of this.#json) this.#hash.update(json);
    this.#json = [];
    this.#rows = 0;
  }
}
