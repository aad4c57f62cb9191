import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { depthSnapshotOf } from '../../../src/market/binance/stream/book-event.ts';
import { decodeFrame } from '../../../src/market/binance/stream/decode.ts';
import { fieldsOf } from '../../../src/market/binance/stream/fields.ts';
import type { DepthSnapshot, MarketEvent } from '../../../src/market/binance/stream/market-event.ts';
import type { Market } from '../../../src/model/market.ts';
import { DATA } from '../reference-data.ts';

const FRAMES = path.join(DATA, 'frames');
export const hasFrames = existsSync(FRAMES);

/** A snapshot from REST lies between the frames. */
export type Recorded = MarketEvent | ({ readonly type: 'snapshot' } & DepthSnapshot);

const read = new Map<string, readonly Recorded[]>();

/** Recordings of one symbol, lines `<receive ns> <json>`, in the order of the files. Read once. */
export function readFrames(market: Market, symbol: string, ...names: readonly string[]): readonly Recorded[] {
  const known = read.get(names.join());
  const frames = known ?? readFiles(market, symbol, names);
  read.set(names.join(), frames);
  return frames;
}

function readFiles(market: Market, symbol: string, names: readonly string[]): Recorded[] {
  return names.flatMap((name) =>
    gunzipSync(readFileSync(path.join(FRAMES, name)))
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .map((line) => recorded(line.slice(line.indexOf(' ') + 1), market, symbol)),
  );
}

/** A recording of several symbols; lines `<ts>: <json>`. */
export function readCryptofeed(): MarketEvent[] {
  const [, ...lines] = readFileSync(path.join(FRAMES, 'cryptofeed/BINANCE_FUTURES.ws.1.0'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.flatMap((line) => {
    const frame = decodeFrame(line.slice(line.indexOf(': ') + 2), 'um');
    return frame.type === 'event' ? [frame.event] : [];
  });
}

/** Its snapshots by symbol; lines `<url> -> <ts>: <json>`. */
export function readCryptofeedSnapshots(): Map<string, DepthSnapshot> {
  const lines = readFileSync(path.join(FRAMES, 'cryptofeed/BINANCE_FUTURES.http.0.0'), 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const symbol = /symbol=(\w+)/.exec(line)?.[1] ?? '';
      const json: unknown = JSON.parse(line.slice(line.indexOf('{')));
      return [symbol, depthSnapshotOf(symbol, fieldsOf(json, 'the answer'))];
    }),
  );
}

function recorded(json: string, market: Market, symbol: string): Recorded {
  if (json.startsWith('{"lastUpdateId"')) {
    return { type: 'snapshot', ...depthSnapshotOf(symbol, fieldsOf(JSON.parse(json), 'the answer')) };
  }
  const frame = decodeFrame(json, market);
  if (frame.type !== 'event') throw new Error(`no event: ${json.slice(0, 100)}`);
  return frame.event;
}
