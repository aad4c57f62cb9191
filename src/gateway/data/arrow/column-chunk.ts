import { AegisError } from '../../../model/errors.ts';
import type { ColumnBlock, ColumnValues, SliceColumns } from '../../../model/wire/column-block.ts';
import type { ColumnKind } from '../../../model/wire/columns.ts';
import { runBytes as runRows, runTopic } from '../../../model/wire/order.ts';
import type { SchemaColumn } from './arrow-schema.ts';

/** A topic of the plan in the stream of a component. */
export interface ChunkTopic {
  /** Its index in the component's topics. */
  readonly topic: number;
  /** For each column of the schema its place among the columns of the topic's blocks, or -1. */
  readonly places: readonly number[];
}

export interface ChunkColumn {
  readonly values: ColumnValues;
  /** A byte per row, 1 where there is a value; undefined where every row has one. */
  readonly valid: Uint8Array | undefined;
}

/** Rows of a component's stream in its order, column by column. */
export interface ColumnChunk {
  readonly rows: number;
  /** Unix ms, two words each. */
  readonly ts: Int32Array;
  /** Index in the component's topics. */
  readonly topic: Int16Array;
  readonly columns: readonly ChunkColumn[];
  /** About what they need in a record batch. */
  readonly bytes: number;
}

/** From so many values on a copy by the engine is faster than a loop. */
const LONG_RUN = 16;
/** `seq`, `ts` and `topic` of a row. */
const ENVELOPE_BYTES = 18;

/** The rows of `topics` (by index in the plan) in the order of the stream; undefined when there are none. */
export function mergeColumns(
  columns: readonly SchemaColumn[],
  topics: readonly (ChunkTopic | undefined)[],
  slice: SliceColumns,
): ColumnChunk | undefined {
  const merge = new SliceMerge(topics, slice);
  const { rows } = merge;
  if (rows === 0) return undefined;
  let bytes = ENVELOPE_BYTES * rows;
  const merged = columns.map(({ kind, nullable }, column): ChunkColumn => {
    const values = merge.column(kind, column);
    bytes += sizeOf(values);
    return { values, valid: nullable ? merge.valid(column) : undefined };
  });
  return { rows, ts: merge.ts(), topic: merge.topic(), columns: merged, bytes };
}

class SliceMerge {
  readonly rows: number;
  readonly #topics: readonly (ChunkTopic | undefined)[];
  readonly #blocks: readonly (ColumnBlock | undefined)[];
  /** Those of the wanted topics. */
  readonly #runs: Uint32Array;

  constructor(topics: readonly (ChunkTopic | undefined)[], { blocks, runs }: SliceColumns) {
    this.#topics = topics;
    this.#blocks = blocks;
    this.#runs = runs.filter((run) => topics[runTopic(run)] !== undefined);
    this.rows = this.#runs.reduce((sum, run) => sum + runRows(run), 0);
  }

  ts(): Int32Array {
    return this.#words(this.#blocks.map((block) => block?.ts));
  }

  topic(): Int16Array {
    const topic = new Int16Array(this.rows);
    let place = 0;
    for (const run of this.#runs) {
      const end = place + runRows(run);
      const index = this.#topics[runTopic(run)]?.topic ?? 0;
      for (; place < end; place++) topic[place] = index;
    }
    return topic;
  }

  column(kind: ColumnKind, column: number): ColumnValues {
    const values = this.#topics.map((topic, index) => this.#valuesOf(index, topic?.places[column]));
    if (kind === 'utf8') return this.#texts(values.map((each) => (each?.kind === 'texts' ? each : undefined)));
    if (kind === 'bool') {
      return {
        kind: 'bytes',
        bytes: this.#bytes(values.map((each) => (each?.kind === 'bytes' ? each.bytes : undefined))),
      };
    }
    return {
      kind: 'words',
      words: this.#words(values.map((each) => (each?.kind === 'words' ? each.words : undefined))),
    };
  }

  /** A byte per row: 1 where its topic has the column. */
  valid(column: number): Uint8Array {
    const valid = new Uint8Array(this.rows);
    let place = 0;
    for (const run of this.#runs) {
      const rows = runRows(run);
      if ((this.#topics[runTopic(run)]?.places[column] ?? -1) >= 0) valid.fill(1, place, place + rows);
      place += rows;
    }
    return valid;
  }

  /** Undefined where the rows of the topic have no such column. */
  #valuesOf(index: number, place = -1): ColumnValues | undefined {
    const block = this.#blocks[index];
    if (place < 0 || block === undefined) return undefined;
    const values = block.columns[place];
    if (values === undefined) throw new AegisError('STREAM_FAILED', `a block of rows has no column ${place}`);
    return values;
  }

  #words(sources: readonly (Int32Array | undefined)[]): Int32Array {
    const words = new Int32Array(2 * this.rows);
    const read = new Int32Array(sources.length);
    let place = 0;
    for (const run of this.#runs) {
      const index = runTopic(run);
      const count = 2 * runRows(run);
      const source = sources[index];
      const from = read[index] ?? 0;
      if (source !== undefined) copy(source, words, from, place, count);
      read[index] = from + count;
      place += count;
    }
    return words;
  }

  #bytes(sources: readonly (Uint8Array | undefined)[]): Uint8Array {
    const bytes = new Uint8Array(this.rows);
    const read = new Int32Array(sources.length);
    let place = 0;
    for (const run of this.#runs) {
      const index = runTopic(run);
      const count = runRows(run);
      const source = sources[index];
      const from = read[index] ?? 0;
      if (source !== undefined) copy(source, bytes, from, place, count);
      read[index] = from + count;
      place += count;
    }
    return bytes;
  }

  #texts(sources: readonly (Extract<ColumnValues, { kind: 'texts' }> | undefined)[]): ColumnValues {
    const offsets = new Int32Array(this.rows + 1);
    const bytes = new Uint8Array(sources.reduce((sum, source) => sum + (source?.bytes.length ?? 0), 0));
    const read = new Int32Array(sources.length);
    let place = 0;
    let size = 0;
    for (const run of this.#runs) {
      const index = runTopic(run);
      const rows = runRows(run);
      const source = sources[index];
      const first = read[index] ?? 0;
      if (source === undefined) {
        offsets.fill(size, place + 1, place + rows + 1);
      } else {
        const start = source.offsets[first] ?? 0;
        for (let row = 1; row <= rows; row++) offsets[place + row] = size + (source.offsets[first + row] ?? 0) - start;
        const length = (source.offsets[first + rows] ?? 0) - start;
        copy(source.bytes, bytes, start, size, length);
        size += length;
      }
      read[index] = first + rows;
      place += rows;
    }
    return { kind: 'texts', offsets, bytes };
  }
}

function copy<T extends Int32Array | Uint8Array>(from: T, to: T, first: number, place: number, count: number): void {
  if (count >= LONG_RUN) {
    to.set(from.subarray(first, first + count), place);
    return;
  }
  for (let each = 0; each < count; each++) to[place + each] = from[first + each] ?? 0;
}

function sizeOf(values: ColumnValues): number {
  switch (values.kind) {
    case 'words':
      return values.words.byteLength;
    case 'bytes':
      return values.bytes.length;
    case 'texts':
      return values.offsets.byteLength + values.bytes.length;
  }
}
