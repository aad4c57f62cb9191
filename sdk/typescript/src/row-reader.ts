import { DATA_READERS, type DataReader } from './data-readers.ts';
import { LineReader, type Literal, literal } from './line-reader.ts';
import { parseTopic, type Row, type Stream, type Topic } from './rows.ts';

const NEWLINE = 10;
const TS = literal('"ts":');
const SEQ = literal('"seq":');
const DATA = literal('"data":{');

interface Known {
  readonly topic: Topic;
  /** A row of the topic up to its time. */
  readonly head: Literal;
  readonly readData: DataReader | undefined;
}

interface Envelope {
  readonly session_id: string;
  readonly topic: string;
  readonly ts: number;
  readonly data: unknown;
}

const knownTopics = new Map<string, Known>();
/** By the hash of the full topic, so that a row's text need not be made. */
const knownHashes = new Map<number, Known>();
/** Where the full topic begins in a row. It is the same place in all rows of a session. */
let topicAt = 0;

/** The rows of whole lines, numbered from `first` on. */
export function* readRows<S extends Stream>(lines: Buffer, first: number): Generator<Row<S>, undefined> {
  const reader = new LineReader(lines);
  for (let start = 0, seq = first; start < lines.length; seq += 1) {
    const row = readRow<S>(reader, start, seq);
    if (row !== undefined) {
      start = reader.at;
      yield row;
      continue;
    }
    const end = lines.indexOf(NEWLINE, start);
    yield parseRow<S>(lines.toString('utf8', start, end), seq);
    start = end + 1;
  }
}

/** Undefined when the row is not of a known form. */
function readRow<S extends Stream>(reader: LineReader, start: number, seq: number): Row<S> | undefined {
  const known = knownHashes.get(reader.hashOfText(start + topicAt));
  if (known?.readData === undefined) return undefined;
  reader.begin(start);
  reader.skip(known.head);
  const ts = reader.number(TS);
  reader.number(SEQ);
  reader.skip(DATA);
  const data = known.readData(reader, known.topic.symbol);
  reader.end();
  return reader.failed ? undefined : toRow<S>(known.topic, ts, seq, data);
}

function parseRow<S extends Stream>(line: string, seq: number): Row<S> {
  const envelope: Envelope = JSON.parse(line);
  const { topic } = knownTopics.get(envelope.topic) ?? learn(envelope);
  return toRow<S>(topic, envelope.ts, seq, envelope.data);
}

function learn({ session_id: sessionId, topic: full }: Envelope): Known {
  const topic = parseTopic(full);
  const before = `{"session_id":${JSON.stringify(sessionId)},"topic":"`;
  const known = { topic, head: literal(`${before}${full}",`), readData: DATA_READERS[topic.type] };
  knownTopics.set(full, known);
  knownHashes.set(new LineReader(Buffer.from(`${full}"`)).hashOfText(0), known);
  topicAt = before.length;
  return known;
}

function toRow<S extends Stream>(topic: Topic, ts: number, seq: number, data: unknown): Row<S> {
  // Aegis sends only what the component has declared, in the form that the protocol states for the type.
  return { type: topic.type, topic, symbol: topic.symbol, ts, seq, data } as Row<S>;
}
