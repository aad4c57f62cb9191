import type { Market } from '../../model/market.ts';
import type { FakeAggregate, FakeTrade, Scale, SymbolMarket } from '../market/symbol-market.ts';

export interface RecordedTrade {
  readonly id: number;
  readonly timeUs: number;
  /** As the exchange wrote them. */
  readonly price: string;
  readonly qty: string;
  readonly buyerMaker: boolean;
}

/** The market of a recording: the trades of its frames, and aggregates made of neighbours of equal price, side and time. */
export class RecordedMarket implements SymbolMarket {
  readonly market: Market;
  readonly symbol: string;
  readonly scale: Scale;
  readonly firstTradeId: number;
  readonly firstAggId = 1;
  readonly #trades: readonly FakeTrade[];
  readonly #aggregates: readonly FakeAggregate[];

  /** `trades`: by id, each once; ids may be missing. */
  constructor(market: Market, symbol: string, trades: readonly RecordedTrade[]) {
    this.market = market;
    this.symbol = symbol;
    this.scale = {
      price: Math.max(0, ...trades.map(({ price }) => decimals(price))),
      qty: Math.max(0, ...trades.map(({ qty }) => decimals(qty))),
    };
    this.firstTradeId = trades[0]?.id ?? 1;
    const aggregates: FakeAggregate[] = [];
    this.#trades = trades.map((trade) => {
      const price = scaled(trade.price, this.scale.price);
      const qty = scaled(trade.qty, this.scale.qty);
      const { id, timeUs, buyerMaker } = trade;
      const last = aggregates.at(-1);
      if (last?.lastId === id - 1 && last.timeUs === timeUs && last.price === price && last.buyerMaker === buyerMaker) {
        aggregates[aggregates.length - 1] = { ...last, lastId: id, qty: last.qty + qty };
      } else aggregates.push({ id: aggregates.length + 1, firstId: id, lastId: id, timeUs, price, qty, buyerMaker });
      return { id, aggId: aggregates.length, timeUs, price, qty, buyerMaker };
    });
    this.#aggregates = aggregates;
  }

  trade(id: number): FakeTrade | undefined {
    const trade = this.#trades[firstIndex(this.#trades, (each) => each.id >= id)];
    return trade?.id === id ? trade : undefined;
  }

  aggregate(id: number): FakeAggregate | undefined {
    return this.#aggregates[id - 1];
  }

  tradeIdAt(timeUs: number): number {
    const trade = this.#trades[firstIndex(this.#trades, (each) => each.timeUs >= timeUs)];
    return trade?.id ?? (this.#trades.at(-1)?.id ?? 0) + 1;
  }

  aggIdAt(timeUs: number): number {
    return firstIndex(this.#aggregates, (each) => each.timeUs >= timeUs) + 1;
  }
}

/** Index of the first element for which a condition holds, that holds for all that follow; the length when there is none. */
export function firstIndex<T>(list: readonly T[], holds: (element: T) => boolean): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const element = list[middle];
    if (element !== undefined && holds(element)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Decimals that count: `61837.63000000` has 2. */
function decimals(text: string): number {
  return (text.split('.')[1] ?? '').replace(/0+$/, '').length;
}

function scaled(text: string, scale: number): number {
  const [whole = '0', fraction = ''] = text.split('.');
  return Number(whole + fraction.slice(0, scale).padEnd(scale, '0'));
}
