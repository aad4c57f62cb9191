import { readRows } from './row-reader.ts';
import type { Row, Stream } from './rows.ts';

const NEWLINE = 10;

export interface BatchOptions {
  /** See {@link Batch.run}. Default: undefined. */
  readonly run?: number | undefined;
  /** Number of the first row. Default 0. */
  readonly seq?: number;
  /** Default: `seq` and as many as there are lines. */
  readonly nextSeq?: number;
  /** Default false. */
  readonly replayed?: boolean;
}

/** Rows that arrived together. Each is parsed when a loop comes to it. */
export class Batch<S extends Stream = Stream> implements Iterable<Row<S>> {
  /** The rows as they came: JSON, each with its newline. */
  readonly lines: Buffer;
  /** The run that the rows belong to; undefined when Aegis does not number them. */
  readonly run: number | undefined;
  /** Number of the first row in the component's own stream of the run, from 0. */
  readonly seq: number;
  /** Number of the row after the last one: what to store as the position, together with the result. */
  readonly nextSeq: number;
  /** An earlier process of the component was given these rows. It may have handled them. */
  readonly replayed: boolean;
  #rows: readonly Row<S>[] | undefined;

  constructor(lines: Buffer, { run, seq = 0, nextSeq, replayed = false }: BatchOptions = {}) {
    this.lines = lines;
    this.run = run;
    this.seq = seq;
    this.nextSeq = nextSeq ?? seq + countLines(lines);
    this.replayed = replayed;
  }

  get length(): number {
    return this.nextSeq - this.seq;
  }

  /** All rows at once, for those who go through them more than once. */
  get rows(): readonly Row<S>[] {
    this.#rows ??= [...this.#parsed()];
    return this.#rows;
  }

  [Symbol.iterator](): Iterator<Row<S>> {
    return this.#rows?.[Symbol.iterator]() ?? this.#parsed();
  }

  /** One row after the other: rows that are forgotten young cost the garbage collector nothing. */
  #parsed(): Generator<Row<S>, undefined> {
    return readRows<S>(this.lines, this.seq);
  }
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
