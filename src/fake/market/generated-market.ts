import { PROFILES } from '../../market/binance/sample/profile.ts';
import type { Market } from '../../model/market.ts';
import { type Hash, hashFor } from './hash.ts';
import { PricePath } from './price-path.ts';
import { BLOCK_AGGS, BLOCK_TRADES, cutOf } from './runs.ts';
import type { FakeAggregate, FakeTrade, Scale, SymbolMarket } from './symbol-market.ts';

export interface GeneratedMarketOptions {
  readonly market: Market;
  readonly symbol: string;
  readonly seed: number;
  /** Trades per second. */
  readonly rate: number;
  /** The symbol has no trades before this time, unix ms. */
  readonly listed: number;
}

/** Ids count from here, so that an id means the same trade whenever a market is listed. */
const EPOCH_US = Date.UTC(2020, 0, 1) * 1_000;
/** Share of aggregates at the very time of the one before: orders that sweep several prices. */
const TIE_SHARE = 0.3;
/** Room between two trades is not used up to its end: rounding never puts a trade behind its follower. */
const JITTER = 0.99;
/** COIN-M counts contracts, which are few; elsewhere most trades are below two coins. */
const LARGEST = { spot: 2, um: 2, cm: 200 } as const satisfies Record<Market, number>;

/** A head of an order: what the aggregates at one instant share. */
interface Order {
  readonly timeUs: number;
  /** Aggregates of the same order before this one. */
  readonly depth: number;
  readonly buyerMaker: boolean;
  readonly price: number;
}

/** An invented market: each trade is a function of seed, symbol and id alone. */
export class GeneratedMarket implements SymbolMarket {
  readonly market: Market;
  readonly symbol: string;
  readonly scale: Scale;
  readonly firstTradeId: number;
  readonly firstAggId: number;
  readonly #step: number;
  readonly #path: PricePath;
  readonly #cut: Hash;
  readonly #jitter: Hash;
  readonly #tie: Hash;
  readonly #side: Hash;
  readonly #size: Hash;
  readonly #unit: number;

  constructor({ market, symbol, seed, rate, listed }: GeneratedMarketOptions) {
    this.market = market;
    this.symbol = symbol;
    this.scale = { price: 2, qty: PROFILES[market].qtyScale };
    const name = `${seed}/${market}/${symbol}`;
    this.#step = 1e6 / rate;
    this.#path = new PricePath(name);
    this.#cut = hashFor(`${name}/cut`);
    this.#jitter = hashFor(`${name}/jitter`);
    this.#tie = hashFor(`${name}/tie`);
    this.#side = hashFor(`${name}/side`);
    this.#size = hashFor(`${name}/size`);
    this.#unit = LARGEST[market] * 10 ** this.scale.qty;
    this.firstAggId = 0;
    this.firstTradeId = 0;
    this.firstAggId = this.aggIdAt(listed * 1_000);
    this.firstTradeId = this.#bounds(this.firstAggId).first;
  }

  trade(id: number): FakeTrade | undefined {
    if (id < this.firstTradeId) return undefined;
    const aggId = this.#aggOf(id);
    const { timeUs, price, buyerMaker } = this.#order(aggId);
    return { id, aggId, timeUs, price, qty: this.#qty(id), buyerMaker };
  }

  aggregate(id: number): FakeAggregate | undefined {
    if (id < this.firstAggId) return undefined;
    const { first, end } = this.#bounds(id);
    const { timeUs, price, buyerMaker } = this.#order(id);
    let qty = 0;
    for (let trade = first; trade < end; trade++) qty += this.#qty(trade);
    return { id, firstId: first, lastId: end - 1, timeUs, price, qty, buyerMaker };
  }

  tradeIdAt(timeUs: number): number {
    return this.#bounds(this.aggIdAt(timeUs)).first;
  }

  aggIdAt(timeUs: number): number {
    const block = Math.floor((timeUs - EPOCH_US) / this.#step / BLOCK_TRADES) - 1;
    let id = Math.max(this.firstAggId, block * BLOCK_AGGS);
    while (this.#order(id).timeUs < timeUs) id++;
    return id;
  }

  #aggOf(tradeId: number): number {
    const block = Math.floor(tradeId / BLOCK_TRADES);
    const cut = cutOf(this.#cut(block));
    const within = tradeId - block * BLOCK_TRADES;
    let index = 0;
    while ((cut[index + 1] ?? BLOCK_TRADES) <= within) index++;
    return block * BLOCK_AGGS + index;
  }

  /** `end` is not included. */
  #bounds(aggId: number): { readonly first: number; readonly end: number } {
    const block = Math.floor(aggId / BLOCK_AGGS);
    const index = aggId - block * BLOCK_AGGS;
    const cut = cutOf(this.#cut(block));
    const start = block * BLOCK_TRADES;
    return { first: start + (cut[index] ?? 0), end: start + (cut[index + 1] ?? BLOCK_TRADES) };
  }

  #order(aggId: number): Order {
    let head = aggId;
    // An order sweeps prices within its block only: an id is understood without looking far back.
    while (head % BLOCK_AGGS !== 0 && this.#tie(head) < TIE_SHARE) head--;
    const { first } = this.#bounds(head);
    const exact = (first + this.#jitter(first) * JITTER) * this.#step;
    const timeUs = EPOCH_US + (this.market === 'spot' ? Math.floor(exact) : Math.floor(exact / 1_000) * 1_000);
    const depth = aggId - head;
    const buyerMaker = this.#side(head) < 0.5;
    const bid = this.#path.at(exact / 1e6);
    return { timeUs, depth, buyerMaker, price: buyerMaker ? bid - depth : bid + 1 + depth };
  }

  #qty(tradeId: number): number {
    return 1 + Math.floor(this.#size(tradeId) ** 4 * this.#unit);
  }

  /** Best bid at a time, unix ms; the best ask is one above. */
  bidAt(ms: number): number {
    return this.#path.at((ms * 1_000 - EPOCH_US) / 1e6);
  }
}
