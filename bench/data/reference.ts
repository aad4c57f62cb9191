import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every component that takes all topics of a dataset must have received. */
export interface Reference {
  readonly rows: number;
  readonly bytes: number;
  readonly crc: number;
  /** Stream hash of docs/stream.md. */
  readonly hash: string;
  /** That of the rows as columns: docs/arrow.md. */
  readonly columnsHash: string;
  /** Of all rows, price × quantity. */
  readonly turnover: number;
  /** Short topics, in order. */
  readonly topics: readonly string[];
}

export interface PreparedData {
  readonly folder: string;
  readonly planPath: string;
  readonly tapesDir: string;
  /** The merged lines, where the dataset keeps them. */
  readonly mergedPath: string;
  readonly reference: Reference;
}

export function readPrepared(folder: string): PreparedData {
  const reference: Reference = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8'));
  return {
    folder,
    planPath: join(folder, 'plan.json'),
    tapesDir: join(folder, 'tapes'),
    mergedPath: join(folder, 'merged.ndjson'),
    reference,
  };
}
