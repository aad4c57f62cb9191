import type { ColumnValues } from '../../../model/wire/column-block.ts';
import type { SchemaColumn } from './arrow-schema.ts';

/** Values of a column; there is room for more of them than there are rows. */
export type ChunkValues = Exclude<ColumnValues, { readonly kind: 'constant' }>;

export interface ChunkColumn {
  values: ChunkValues;
  /** A byte per row, 1 where there is a value; undefined where every row has one. Values that are not there are 0. */
  readonly valid: Uint8Array | undefined;
}

/** Rows of a component's stream in its order, column by column, in memory that can be used again. */
export interface ColumnChunk {
  rows: number;
  /** About what they need in a record batch. */
  bytes: number;
  /** Rows that there is room for. */
  readonly capacity: number;
  /** Unix ms, two words each. */
  readonly ts: Int32Array;
  /** Index in the component's topics. */
  readonly topic: Int16Array;
  /** One that repeats `ts` has its values. */
  readonly columns: readonly ChunkColumn[];
}

/** A chunk without rows. */
export function newChunk(columns: readonly SchemaColumn[], capacity: number): ColumnChunk {
  const ts = new Int32Array(2 * capacity);
  return {
    rows: 0,
    bytes: 0,
    capacity,
    ts,
    topic: new Int16Array(capacity),
    columns: columns.map((column) => ({
      values: column.isTime ? { kind: 'words', words: ts } : newValues(column, capacity),
      valid: column.nullable ? new Uint8Array(capacity) : undefined,
    })),
  };
}

function newValues({ kind }: SchemaColumn, capacity: number): ChunkValues {
  switch (kind) {
    case 'bool':
      return { kind: 'bytes', bytes: new Uint8Array(capacity) };
    case 'utf8':
      return { kind: 'texts', offsets: new Int32Array(capacity + 1), bytes: new Uint8Array(0) };
    default:
      return { kind: 'words', words: new Int32Array(2 * capacity) };
  }
}
