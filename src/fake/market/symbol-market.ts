import type { Market } from '../../model/market.ts';

/** How many decimals the whole numbers of a symbol have. */
export interface Scale {
  readonly price: number;
  readonly qty: number;
}

/** A fill. Prices and quantities are whole numbers in units of the symbol's {@link Scale}. */
export interface FakeTrade {
  readonly id: number;
  readonly aggId: number;
  /** Unix µs; whole ms on futures. */
  readonly timeUs: number;
  readonly price: number;
  readonly qty: number;
  readonly buyerMaker: boolean;
}

/** Fills of one order at one price. */
export interface FakeAggregate {
  readonly id: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly timeUs: number;
  readonly price: number;
  readonly qty: number;
  readonly buyerMaker: boolean;
}

/**
 * The trades of one symbol, past and future: the one truth that frames, REST answers and archives are made of. It knows no
 * clock: who asks leaves out what has not happened yet.
 */
export interface SymbolMarket {
  readonly market: Market;
  readonly symbol: string;
  readonly scale: Scale;
  /** The first ids there are. */
  readonly firstTradeId: number;
  readonly firstAggId: number;
  /** Undefined: there is no trade with this id. */
  trade(id: number): FakeTrade | undefined;
  aggregate(id: number): FakeAggregate | undefined;
  /** The first id at or after a time, unix µs. The trade itself may be missing. */
  tradeIdAt(timeUs: number): number;
  aggIdAt(timeUs: number): number;
}
