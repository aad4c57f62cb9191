import path from 'node:path';
import { type ArchiveHints, identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import type { Market } from '../../src/model/market.ts';
import { listTapes } from '../../src/tape/catalog.ts';
import { type ImportFileResult, importFile } from '../../src/tape/import-file.ts';
import type { TapeManifest } from '../../src/tape/manifest.ts';
import { topicFolder } from '../../src/tape/path.ts';
import { openTape } from '../../src/tape/reader.ts';

export interface StoredRow {
  readonly timeUs: number;
  readonly json: string;
}

/** All rows of a tape. */
export function readTape(file: string): StoredRow[] {
  const tape = openTape(file);
  try {
    return Array.from({ length: tape.batches }, (_, index) => tape.batch(index)).flatMap((batch) => {
      const text = Buffer.from(batch.json);
      return Array.from(batch.time, (timeUs, row) => ({
        timeUs,
        json: text.toString('utf8', batch.offsets[row], batch.offsets[row + 1]),
      }));
    });
  } finally {
    tape.close();
  }
}

export interface StoredTopic {
  readonly manifests: readonly TapeManifest[];
  readonly rows: readonly StoredRow[];
}

/** Everything the catalog has of a topic, in order of time. */
export function readTopic(tapesDir: string, topic: string, market: Market = 'spot'): StoredTopic {
  const entries = listTapes(tapesDir, topicFolder(market, topic));
  return {
    manifests: entries.map(({ path: file, found }) => {
      if (found.state !== 'good') throw new Error(`${file} is ${found.state}`);
      return found.manifest;
    }),
    rows: entries.flatMap((entry) => readTape(path.join(tapesDir, entry.path))),
  };
}

export function importOne(
  tapesDir: string,
  file: string,
  hints: ArchiveHints = {},
  replace = false,
): Promise<ImportFileResult> {
  return importFile({ archive: identifyArchive(file, hints), tapesDir, replace });
}
