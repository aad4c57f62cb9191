import type { Market } from '../../model/market.ts';
import type { MarketClock } from '../clock.ts';
import type { FakeSymbol } from '../fake-symbol.ts';
import { bookStreams } from '../feed/book-streams.ts';
import { KlineFeed } from '../feed/kline-feed.ts';
import type { Feed, Publisher } from '../feed/publisher.ts';
import { TradeFeed } from '../feed/trade-feed.ts';
import { Payloads } from '../frames/payloads.ts';
import { AlteredMarket } from '../market/altered-market.ts';
import { barOpen } from '../market/bars.ts';
import { recordedTrades } from './frame-reader.ts';
import type { RecordedLine } from './read-frames.ts';
import { RecordedBook } from './recorded-book.ts';
import { RecordedFeed } from './recorded-feed.ts';
import { RecordedMarket } from './recorded-market.ts';

export interface RecordedSymbolOptions {
  readonly market: Market;
  readonly symbol: string;
  /** Of this symbol, in the order in which they were received. */
  readonly lines: readonly RecordedLine[];
  /** Receive time that is played at `startMs`, the start of the market's clock. Unix µs, unix ms. */
  readonly beginUs: number;
  readonly startMs: number;
  readonly clock: MarketClock;
  readonly publisher: Publisher;
}

/** A symbol of a recording: its frames as they are; what was not recorded is made of its trades. */
export function recordedSymbol(options: RecordedSymbolOptions): FakeSymbol {
  const { market, symbol, lines, startMs, clock, publisher } = options;
  const trades = new AlteredMarket(new RecordedMarket(market, symbol, recordedTrades(lines)));
  const recorded = new Set(lines.map(({ stream }) => stream));
  const has = (kind: string): boolean => recorded.has(`${symbol.toLowerCase()}@${kind}`);
  const shared = { market: trades, payloads: new Payloads(trades), clock, publisher };
  const book = new RecordedBook(market);
  const tradeFeed = new TradeFeed({ ...shared, sends: has('aggTrade') ? [] : ['aggTrade'] });
  const depthStreams = bookStreams(market, symbol)
    .filter(({ name, levels }) => levels === undefined && !recorded.has(name))
    .map(({ name }) => name);
  const feeds: Feed[] = [
    new RecordedFeed({ ...options, book, depthStreams }),
    tradeFeed,
    new KlineFeed({ ...shared, except: recorded }),
  ];
  return {
    trades,
    listed: barOpen(startMs, '1m'),
    feeds,
    get nextAggId() {
      return tradeFeed.nextAggId;
    },
    depth: (limit) => book.body(limit, Math.floor(clock.now())),
  };
}
