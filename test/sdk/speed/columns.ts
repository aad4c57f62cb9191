import {
  Bool,
  type Data,
  Dictionary,
  Field,
  Float64,
  Int16,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { SESSION_ID } from '../scripted-sockets.ts';
import { TOPICS, tradeAt } from './lines.ts';

const INT64 = new Int64();
const FLOAT64 = new Float64();
const TOPIC = new Dictionary(new Utf8(), new Int16(), 0);
const SCHEMA = new Schema([
  new Field('seq', INT64),
  new Field('ts', INT64),
  new Field('topic', TOPIC),
  new Field('symbol', new Utf8()),
  new Field('agg_trade_id', INT64),
  new Field('price', FLOAT64),
  new Field('quantity', FLOAT64),
  new Field('is_buyer_maker', new Bool(), true),
]);
const names = vectorFromArray(
  TOPICS.map((topic) => `aegis.${SESSION_ID}.${topic}`),
  new Utf8(),
);

/** The trades `from` to `to - 1` as a record batch, as the data stream server makes them. */
export function recordBatch(from: number, to: number): RecordBatch {
  const length = to - from;
  const trades = Array.from({ length }, (_, index) => tradeAt(from + index));
  const int64 = (values: readonly number[]): Data =>
    makeData({ type: INT64, length, data: BigInt64Array.from(values, (value) => BigInt(value)) });
  const float64 = (values: readonly number[]): Data =>
    makeData({ type: FLOAT64, length, data: Float64Array.from(values) });
  const topics = Int16Array.from(trades, ({ topic }) => topic);
  const symbols = trades.map(({ topic }) => TOPICS[topic]?.split('.')[1] ?? '');
  const children = [
    int64(trades.map((_, index) => from + index)),
    int64(trades.map(({ ts }) => ts)),
    makeData({ type: TOPIC, length, data: topics, dictionary: names }),
    vectorFromArray(symbols, new Utf8()).data[0],
    int64(trades.map(({ id }) => id)),
    float64(trades.map(({ price }) => price)),
    float64(trades.map(({ quantity }) => quantity)),
    vectorFromArray(
      trades.map((_, index) => ((from + index) % 2 === 0 ? true : null)),
      new Bool(),
    ).data[0],
  ].filter((child) => child !== undefined);
  return new RecordBatch(SCHEMA, makeData({ type: new Struct(SCHEMA.fields), length, nullCount: 0, children }));
}

/** A stream of record batches of at most `rows` rows: the trades `from` to `to - 1`. */
export function arrowStream(from: number, to: number, rows = 16_384): Buffer {
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, SCHEMA);
  for (let start = from; start < to; start += rows) writer.write(recordBatch(start, Math.min(to, start + rows)));
  writer.finish();
  return Buffer.from(writer.toUint8Array(true));
}
