import type { Row, Stream, Topic } from './rows.ts';

const NEWLINE = 10;

/** Rows that arrived together. They are parsed when they are first looked at, all at once. */
export class Batch<S extends Stream = Stream> implements Iterable<Row<S>> {
  /** The rows as they came: JSON, each with its newline. */
  readonly lines: Buffer;
  #rows: readonly Row<S>[] | undefined;

  constructor(lines: Buffer) {
    this.lines = lines;
  }

  get length(): number {
    return this.#rows?.length ?? countLines(this.lines);
  }

  get rows(): readonly Row<S>[] {
    this.#rows ??= parseRows<S>(this.lines);
    return this.#rows;
  }

  [Symbol.iterator](): Iterator<Row<S>> {
    return this.rows[Symbol.iterator]();
  }
}

interface Envelope {
  readonly topic: string;
  readonly ts: number;
  readonly data: unknown;
}

const known = new Map<string, Topic>();

/** One call of the parser for all lines is faster than one call for each. */
function parseRows<S extends Stream>(lines: Buffer): Row<S>[] {
  const text = lines.toString('utf8', 0, lines.length - 1).replaceAll('\n', ',');
  const envelopes: readonly Envelope[] = JSON.parse(`[${text}]`);
  return envelopes.map((envelope) => toRow<S>(envelope));
}

function toRow<S extends Stream>({ topic: full, ts, data }: Envelope): Row<S> {
  let topic = known.get(full);
  if (topic === undefined) {
    topic = parseTopic(full);
    known.set(full, topic);
  }
  // Aegis sends only what the component has declared, in the form that the protocol states for the type.
  return { type: topic.type, topic, symbol: topic.symbol, ts, data } as Row<S>;
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
