/** The messages of the benchmark: trades and aggregates of some symbols in turn, numbered from 0 over all streams. */
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];
const FIRST_ID = 1_000_000;

interface Stream {
  readonly topic: string;
  readonly name: string;
  readonly symbol: string;
}

const STREAMS: readonly Stream[] = SYMBOLS.flatMap((symbol) => [
  { topic: `trades.${symbol}`, name: `${symbol.toLowerCase()}@trade`, symbol },
  { topic: `aggTrades.${symbol}`, name: `${symbol.toLowerCase()}@aggTrade`, symbol },
]);

export const TOPICS: readonly string[] = STREAMS.map(({ topic }) => topic);
export const STREAM_NAMES: readonly string[] = STREAMS.map(({ name }) => name);

/** Frame of a message of the combined socket of spot; `timeUs`: unix µs. */
export function frameOf(message: number, timeUs: number): string {
  const { name, symbol } = STREAMS[message % STREAMS.length] ?? { name: '', symbol: '' };
  const id = FIRST_ID + Math.floor(message / STREAMS.length);
  const price = `${60_000 + (id % 1_000)}.01000000`;
  const qty = `0.0${10_000 + (id % 1_000)}00`;
  const head = `{"stream":"${name}","data":{"e":"${name.split('@')[1]}","E":${timeUs + 900},"s":"${symbol}"`;
  const rest = `"p":"${price}","q":"${qty}"`;
  const tail = `"T":${timeUs},"m":${id % 2 === 0},"M":true}}`;
  return name.endsWith('@trade')
    ? `${head},"t":${id},${rest},${tail}`
    : `${head},"a":${id},${rest},"f":${id},"l":${id},${tail}`;
}

/** Number of the message of a frame. */
export function messageOfFrame(text: string): number {
  const { stream, data } = JSON.parse(text);
  return messageOf(STREAM_NAMES.indexOf(stream), data.a ?? data.t);
}

/** Number of the message of which a row was made. */
export function messageOfRow(line: string): number {
  const { topic, data } = JSON.parse(line);
  const short = String(topic).split('.').slice(2).join('.');
  return messageOf(TOPICS.indexOf(short), data.agg_trade_id ?? data.id);
}

function messageOf(stream: number, id: unknown): number {
  if (stream < 0 || typeof id !== 'number') throw new Error(`this is no message of the benchmark: ${stream}, ${id}`);
  return (id - FIRST_ID) * STREAMS.length + stream;
}
