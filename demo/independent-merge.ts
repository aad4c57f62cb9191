import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/**
 * What each component must receive, made from the archives with none of Aegis's code: own unzip, split at commas,
 * numbers rewritten as text, one sort over everything.
 */
export interface Expected {
  readonly rows: number;
  /** Of all lines, each with its newline. */
  readonly sha256: string;
  /** H₀ = 32 zero bytes, Hₖ = SHA-256(Hₖ₋₁ ‖ SHA-256(piece k)) over pieces of 1 MiB. */
  readonly streamHash: string;
}

interface Row {
  readonly time: number;
  readonly rank: number;
  readonly line: string;
}

const RANK = ['trades', 'aggTrades', 'klines'];
const PIECE = 1 << 20;

/** @param topics short topics: `trades.BTCUSDT`, `klines.BTCUSDT.1m` */
export function expectedStream(
  vision: string,
  sessionId: string,
  topics: readonly string[],
  days: readonly string[],
): Expected {
  const inOrder = topics.toSorted((a, b) => RANK.indexOf(typeOf(a)) - RANK.indexOf(typeOf(b)) || (a < b ? -1 : 1));
  const rows = inOrder.flatMap((topic, rank) => days.flatMap((day) => rowsOf(vision, sessionId, topic, rank, day)));
  rows.sort((a, b) => a.time - b.time || a.rank - b.rank);
  const all = Buffer.from(rows.map(({ line }) => `${line}\n`).join(''));
  return { rows: rows.length, sha256: createHash('sha256').update(all).digest('hex'), streamHash: chain(all) };
}

function rowsOf(vision: string, sessionId: string, topic: string, rank: number, day: string): Row[] {
  const [type = '', symbol = '', interval] = topic.split('.');
  const folder = join(vision, 'data/spot/daily', type, symbol, interval ?? '');
  const name = readdirSync(folder).find((file) => file.endsWith(`-${day}.zip`));
  if (name === undefined) throw new Error(`no archive of ${topic} for ${day}`);
  return unzip(readFileSync(join(folder, name)))
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { time, data } = RENDER[type]?.(line.split(',').map(canonical), symbol) ?? { time: 0, data: '' };
      const micros = time > 1e14 ? time : time * 1000;
      const head = `{"session_id":"${sessionId}","topic":"aegis.${sessionId}.${topic}","ts":${Math.floor(micros / 1000)}`;
      return { time: micros, rank, line: `${head},"data":${data}}` };
    });
}

const RENDER: Record<string, (cells: string[], symbol: string) => { time: number; data: string }> = {
  trades: ([id, price, qty, quote, time, maker]) => ({
    time: Number(time),
    data: `{"id":${id},"price":${price},"qty":${qty},"quote_qty":${quote},"time":${ms(time)},"is_buyer_maker":${bool(maker)}}`,
  }),
  aggTrades: ([id, price, qty, first, last, time, maker], symbol) => ({
    time: Number(time),
    data:
      `{"event_time":${ms(time)},"symbol":"${symbol}","agg_trade_id":${id},"first_trade_id":${first},"last_trade_id":${last},` +
      `"price":${price},"quantity":${qty},"normal_qty":${qty},"transact_time":${ms(time)},"is_buyer_maker":${bool(maker)}}`,
  }),
  klines: ([open_, o, h, l, c, volume, close, quote, count, taker, takerQuote]) => ({
    time: Number(close),
    data:
      `{"open_time":${ms(open_)},"close_time":${ms(close)},"count":${count},"open":${o},"high":${h},"low":${l},"close":${c},` +
      `"volume":${volume},"quote_volume":${quote},"taker_buy_volume":${taker},"taker_buy_quote_volume":${takerQuote}}`,
  }),
};

function typeOf(topic: string): string {
  return topic.slice(0, topic.indexOf('.'));
}

function canonical(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

function ms(text = ''): string {
  return text.length > 13 ? text.slice(0, -3) : text;
}

function bool(text = ''): string {
  return text.toLowerCase();
}

/** One deflated entry, sizes from the central directory (the last 22 bytes and what they point at). */
function unzip(zip: Buffer): string {
  const entry = zip.readUInt32LE(zip.length - 22 + 16);
  const packed = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  return inflateRawSync(zip.subarray(start, start + packed)).toString();
}

function chain(all: Buffer): string {
  let hash: Buffer = Buffer.alloc(32);
  for (let at = 0; at < all.length; at += PIECE) {
    const piece = sha(createHash('sha256').update(all.subarray(at, at + PIECE)));
    hash = sha(createHash('sha256').update(hash).update(piece));
  }
  return hash.toString('hex');
}

function sha(hash: Hash): Buffer {
  return hash.digest();
}
