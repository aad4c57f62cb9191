import { DAY_MS, type Market } from '../model/market.ts';
import { MarketClock } from './clock.ts';
import type { FakeSymbol } from './fake-symbol.ts';
import type { Feed, Publisher } from './feed/publisher.ts';
import { generatedSymbol } from './generated-symbol.ts';
import { DEFAULTS, type FakeExchangeOptions } from './options.ts';
import { openRecording } from './recorded/open-recording.ts';

export interface OpenMarket {
  readonly clock: MarketClock;
  readonly symbols: ReadonlyMap<string, FakeSymbol>;
  readonly feeds: readonly Feed[];
}

const SYMBOLS = {
  spot: ['BTCUSDT', 'ETHUSDT'],
  um: ['BTCUSDT', 'ETHUSDT'],
  cm: ['BTCUSD_PERP', 'ETHUSD_PERP'],
} as const satisfies Record<Market, readonly string[]>;

const OF_INVENTED_MARKETS = ['symbols', 'rate', 'seed', 'startAt', 'historyDays'] as const;

/** The market that a fake exchange shows, from its options. */
export async function openMarket(
  options: FakeExchangeOptions & { readonly market: Market },
  publisher: Publisher,
): Promise<OpenMarket> {
  const { market, startAt = Date.now() } = options;
  const { rate, seed, speed, historyDays } = { ...DEFAULTS, ...options };
  if (!(rate > 0 && speed > 0)) throw new RangeError('rate and speed are above 0');
  if (options.frames !== undefined) {
    const useless = OF_INVENTED_MARKETS.filter((name) => options[name] !== undefined);
    if (useless.length > 0) throw new RangeError(`a recording knows no ${useless.join(', ')}`);
    return await openRecording({ market, frames: options.frames, speed }, publisher);
  }
  const clock = new MarketClock({ startAt, speed });
  const listed = Math.floor(startAt / DAY_MS - historyDays) * DAY_MS;
  const names = options.symbols ?? SYMBOLS[market];
  const symbols = new Map(
    names.map((symbol) => [symbol, generatedSymbol({ market, symbol, seed, rate, listed, clock, publisher })]),
  );
  return { clock, symbols, feeds: [...symbols.values()].flatMap(({ feeds }) => feeds) };
}
