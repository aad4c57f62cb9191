import type { Market } from '../../model/market.ts';
import { MarketClock } from '../clock.ts';
import type { Publisher } from '../feed/publisher.ts';
import type { OpenMarket } from '../open-market.ts';
import { eventTime } from './frame-reader.ts';
import { type RecordedLine, readFrames } from './read-frames.ts';
import { recordedSymbol } from './recorded-symbol.ts';

export interface RecordingOptions {
  readonly market: Market;
  readonly frames: readonly string[];
  /** Market seconds per second. */
  readonly speed: number;
}

/** The market of recorded frames. One file per symbol, or combined streams of several. Throws RangeError. */
export async function openRecording(options: RecordingOptions, publisher: Publisher): Promise<OpenMarket> {
  const { market, frames, speed } = options;
  const files = await Promise.all(frames.map((file) => readFrames([file])));
  const bySymbol = new Map<string, RecordedLine[]>();
  for (const lines of files) share(lines, bySymbol);
  const all = [...bySymbol.values()];
  for (const lines of all) lines.sort((a, b) => a.receivedUs - b.receivedUs);
  const first = all.map(([line]) => line).sort((a, b) => (a?.receivedUs ?? 0) - (b?.receivedUs ?? 0))[0];
  if (first === undefined) throw new RangeError('there are no frames in the files');
  const beginUs = first.receivedUs;
  // The clock is that of the exchange: the recorder's may be wrong.
  const startMs = firstEventTime(all) ?? beginUs / 1_000;
  const clock = new MarketClock({ startAt: startMs, speed });
  const symbols = new Map(
    [...bySymbol].map(([symbol, lines]) => [
      symbol,
      recordedSymbol({ market, symbol, lines, beginUs, startMs, clock, publisher }),
    ]),
  );
  return { clock, symbols, feeds: [...symbols.values()].flatMap(({ feeds }) => feeds) };
}

/** Frames go to the symbol of their stream; answers of REST name none: they go to the first symbol of their file. */
function share(lines: readonly RecordedLine[], bySymbol: Map<string, RecordedLine[]>): void {
  const symbolOf = (line: RecordedLine): string | undefined => line.stream?.split('@')[0]?.toUpperCase();
  const main = lines.map(symbolOf).find((symbol) => symbol !== undefined);
  for (const line of lines) {
    const symbol = symbolOf(line) ?? main;
    if (symbol === undefined) continue;
    const own = bySymbol.get(symbol);
    if (own === undefined) bySymbol.set(symbol, [line]);
    else own.push(line);
  }
}

function firstEventTime(all: readonly (readonly RecordedLine[])[]): number | undefined {
  const times = all.flatMap((lines) => {
    const line = lines.find(({ stream }) => stream !== undefined && !stream.endsWith('@bookTicker'));
    const time = line === undefined ? undefined : eventTime(line.payload);
    return time === undefined ? [] : [time];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
