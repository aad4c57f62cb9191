import { AegisError } from '../../model/errors.ts';
import { type ColumnBlock, type ColumnValues, setInt64 } from '../../model/wire/column-block.ts';
import { type BlockShape, openColumnMessage } from '../../model/wire/column-message.ts';
import { runWord } from '../../model/wire/order.ts';
import type { TapeValues } from '../../tape/column-tape.ts';
import type { SliceRuns } from '../slice-runs.ts';
import type { Batch, TopicSource } from '../topic-cursor.ts';
import { ColumnMemory } from './column-memory.ts';
import { slicesThatFit } from './message-limit.ts';
import { type ColumnBatch, TopicColumns } from './topic-columns.ts';

/** Rows of one batch of a topic that follow each other. */
interface Segment {
  readonly batch: Batch;
  readonly first: number;
  rows: number;
}

const US_PER_MS = 1_000;

/** Makes the messages with the columns of slices, straight from the typed columns of the tapes. */
export class ColumnFeed {
  readonly #topics: readonly string[];
  readonly #columns: readonly TopicColumns[];
  readonly #slices: number;
  #plain: boolean | undefined;

  constructor(topics: readonly TopicSource[]) {
    this.#topics = topics.map(({ topic }) => topic);
    const memory = new ColumnMemory();
    this.#columns = topics.map((source) => new TopicColumns(source, memory));
    this.#slices = slicesThatFit(this.#topics);
  }

  /** Slices whose columns fit into one message, whatever their rows are. */
  get slicesPerMessage(): number {
    if (this.#slices === 1) return 1;
    this.#plain ??= this.#columns.some(({ plain }) => plain);
    return this.#plain ? 1 : this.#slices;
  }

  /** The message of a slice; it lies in what `arena` gives. Throws TAPE_DAMAGED. */
  message(runs: SliceRuns, firstSeq: number, arena: (bytes: number) => Buffer): Buffer {
    const segments = segmentsOf(runs, this.#topics.length);
    const parts = segments.flatMap((own, topic) => {
      const columns = this.#columns[topic];
      if (own.length === 0 || columns === undefined) return [];
      return [{ topic, segments: own.map((segment) => ({ segment, batch: columns.batch(segment.batch) })) }];
    });
    const blocks = parts.map((part) => shapeOf(part.topic, part.segments));
    const shape = { firstSeq, rows: runs.rows, runs: runs.count, blocks };
    const message = openColumnMessage(this.#topics, shape, arena);
    for (let run = 0; run < runs.count; run++) {
      message.runs[run] = runWord(runs.topic[run] ?? 0, runs.runRows[run] ?? 0);
    }
    for (const [place, part] of parts.entries()) {
      const block = message.blocks[place];
      if (block !== undefined) fillBlock(block, part.segments);
    }
    for (const { topic } of parts) this.#columns[topic]?.recycle();
    return message.payload;
  }

  close(): void {
    for (const columns of this.#columns) columns.close();
  }
}

interface LoadedSegment {
  readonly segment: Segment;
  readonly batch: ColumnBatch;
}

/** By topic. A topic's rows of one batch follow each other, in whatever runs they are. */
function segmentsOf(runs: SliceRuns, topics: number): Segment[][] {
  const segments: Segment[][] = Array.from({ length: topics }, () => []);
  for (let run = 0; run < runs.count; run++) {
    const own = segments[runs.topic[run] ?? 0];
    const batch = runs.batch[run];
    const rows = runs.runRows[run] ?? 0;
    if (own === undefined || batch === undefined) continue;
    const last = own.at(-1);
    if (last?.batch === batch) last.rows += rows;
    else own.push({ batch, first: runs.firstRow[run] ?? 0, rows });
  }
  return segments;
}

function shapeOf(topic: number, segments: readonly LoadedSegment[]): BlockShape {
  const [first] = segments;
  const plain = first?.batch.plain === true;
  if (segments.some(({ batch }) => batch.plain !== plain)) {
    throw new AegisError('TAPE_DAMAGED', `topic ${topic}: one of its tapes has no typed columns`);
  }
  const textBytes = (first?.batch.columns ?? []).flatMap((values, column) =>
    values?.kind === 'texts' ? [segments.reduce((sum, each) => sum + textLength(each, column), 0)] : [],
  );
  return { topic, rows: segments.reduce((sum, { segment }) => sum + segment.rows, 0), plain, textBytes };
}

function textLength({ segment, batch }: LoadedSegment, column: number): number {
  const values = batch.columns[column];
  if (values?.kind !== 'texts') return 0;
  return (values.offsets[segment.first + segment.rows] ?? 0) - (values.offsets[segment.first] ?? 0);
}

function fillBlock({ ts, columns }: ColumnBlock, segments: readonly LoadedSegment[]): void {
  let place = 0;
  for (const { segment } of segments) {
    const { time } = segment.batch;
    for (let row = 0; row < segment.rows; row++) {
      setInt64(ts, place + row, Math.floor((time[segment.first + row] ?? 0) / US_PER_MS));
    }
    place += segment.rows;
  }
  for (const [column, into] of columns.entries()) {
    let done = 0;
    for (const { segment, batch } of segments) {
      const from = batch.columns[column];
      if (from !== undefined) copyValues(from, into, segment, done);
      done += segment.rows;
    }
  }
}

function copyValues(from: TapeValues, into: ColumnValues, { first, rows }: Segment, place: number): void {
  if (from.kind === 'words' && into.kind === 'words') {
    into.words.set(from.words.subarray(2 * first, 2 * (first + rows)), 2 * place);
  } else if (from.kind === 'bits' && into.kind === 'bytes') {
    for (let row = 0; row < rows; row++) {
      const bit = first + row;
      into.bytes[place + row] = ((from.bits[bit >> 3] ?? 0) >> (bit & 7)) & 1;
    }
  } else if (from.kind === 'texts' && into.kind === 'texts') {
    const size = place === 0 ? 0 : (into.offsets[place] ?? 0);
    const start = from.offsets[first] ?? 0;
    into.offsets[place] = size;
    for (let row = 1; row <= rows; row++) into.offsets[place + row] = size + (from.offsets[first + row] ?? 0) - start;
    into.bytes.set(from.bytes.subarray(start, from.offsets[first + rows]), size);
  }
}
