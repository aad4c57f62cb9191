import type { Feed } from './feed/publisher.ts';
import type { AlteredMarket } from './market/altered-market.ts';
import type { GeneratedMarketOptions } from './market/generated-market.ts';

/** One symbol of a fake exchange. */
export interface FakeSymbol {
  readonly trades: AlteredMarket;
  /** Of an invented symbol: what its trades are a function of. */
  readonly invented?: GeneratedMarketOptions;
  /** Unix ms: no bars before. */
  readonly listed: number;
  readonly feeds: readonly Feed[];
  /** The next aggregate that will be sent: nobody has seen it yet. */
  readonly nextAggId: number;
  /** Body of the REST answer: the whole book now; undefined: there is none yet. */
  depth(limit: number): string | undefined;
}
