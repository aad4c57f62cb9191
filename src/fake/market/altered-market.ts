import type { Market } from '../../model/market.ts';
import type { FakeAggregate, FakeTrade, Scale, SymbolMarket } from './symbol-market.ts';

/** Ids that exist nowhere; both ends included. */
export interface LostIds {
  readonly fromAggId: number;
  readonly toAggId: number;
  readonly fromTradeId: number;
  readonly toTradeId: number;
}

export interface Alterations {
  readonly lost: readonly LostIds[];
  readonly spent: Iterable<number>;
}

/** A market in which some ids were never given to a trade. Everybody is told the same: frames, REST and archives. */
export class AlteredMarket implements SymbolMarket {
  readonly market: Market;
  readonly symbol: string;
  readonly scale: Scale;
  readonly firstTradeId: number;
  readonly firstAggId: number;
  readonly #origin: SymbolMarket;
  readonly #lost: LostIds[] = [];
  readonly #spent = new Set<number>();

  /** `alterations`: of another copy of the same market. */
  constructor(origin: SymbolMarket, alterations: Alterations = { lost: [], spent: [] }) {
    this.#lost.push(...alterations.lost);
    for (const id of alterations.spent) this.#spent.add(id);
    this.#origin = origin;
    this.market = origin.market;
    this.symbol = origin.symbol;
    this.scale = origin.scale;
    this.firstTradeId = origin.firstTradeId;
    this.firstAggId = origin.firstAggId;
  }

  get lost(): readonly LostIds[] {
    return this.#lost;
  }

  get spent(): ReadonlySet<number> {
    return this.#spent;
  }

  trade(id: number): FakeTrade | undefined {
    if (this.#spent.has(id) || this.#lost.some((ids) => id >= ids.fromTradeId && id <= ids.toTradeId)) return undefined;
    return this.#origin.trade(id);
  }

  aggregate(id: number): FakeAggregate | undefined {
    if (this.#lost.some((ids) => id >= ids.fromAggId && id <= ids.toAggId)) return undefined;
    const whole = this.#origin.aggregate(id);
    if (whole === undefined || this.#spent.size === 0) return whole;
    let qty = 0;
    for (let trade = whole.firstId; trade <= whole.lastId; trade++) qty += this.trade(trade)?.qty ?? 0;
    return { ...whole, qty };
  }

  tradeIdAt(timeUs: number): number {
    return this.#origin.tradeIdAt(timeUs);
  }

  aggIdAt(timeUs: number): number {
    return this.#origin.aggIdAt(timeUs);
  }

  /** `count` aggregates from `fromAggId` on, and their trades, will never have existed. Undefined: the market ends before. */
  lose(fromAggId: number, count: number): LostIds | undefined {
    const first = this.#origin.aggregate(fromAggId);
    const last = this.#origin.aggregate(fromAggId + count - 1);
    if (first === undefined || last === undefined) return undefined;
    const lost = { fromAggId, toAggId: last.id, fromTradeId: first.firstId, toTradeId: last.lastId };
    this.#lost.push(lost);
    return lost;
  }

  /**
   * `count` trade ids from the aggregate `fromAggId` on are spent on no trade. Only fills after the first of an aggregate:
   * aggregates have ids of their own and lose nothing but quantity.
   */
  spend(fromAggId: number, count: number): readonly number[] {
    const ids: number[] = [];
    for (let agg = fromAggId; ids.length < count; agg++) {
      const each = this.#origin.aggregate(agg);
      if (each === undefined) break;
      for (let id = each.firstId + 1; id <= each.lastId && ids.length < count; id++) ids.push(id);
    }
    for (const id of ids) this.#spent.add(id);
    return ids;
  }
}
