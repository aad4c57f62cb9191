import type { Row, Stream, Topic } from './rows.ts';

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
  *#parsed(): Generator<Row<S>, undefined> {
    const text = this.lines.toString('utf8');
    let { seq } = this;
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf('\n', start);
      const envelope: Envelope = JSON.parse(text.slice(start, end));
      yield toRow<S>(envelope, seq);
      seq += 1;
      start = end + 1;
    }
  }
}

interface Envelope {
  readonly topic: string;
  readonly ts: number;
  readonly data: unknown;
}

const known = new Map<string, Topic>();

function toRow<S extends Stream>({ topic: full, ts, data }: Envelope, seq: number): Row<S> {
  let topic = known.get(full);
  if (topic === undefined) {
    topic = parseTopic(full);
    known.set(full, topic);
  }
  // Aegis sends only what the component has declared, in the form that the protocol states for the type.
  return { type: topic.type, topic, symbol: topic.symbol, ts, seq, data } as Row<S>;
}

function parseTopic(full: string): Topic {
  const [, sessionId = '', type = '', symbol = '', detail = ''] = full.split('.');
  return { full, sessionId, type: type as Stream, symbol, detail };
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
