import type { Market } from '../../model/market.ts';
import type { RecordedDepth, RecordedSnapshot } from './frame-reader.ts';

type Text = readonly [price: string, qty: string];

/** The order book of a recording: its snapshot, and the frames that were played since. */
export class RecordedBook {
  readonly #market: Market;
  readonly #bids = new Map<string, string>();
  readonly #asks = new Map<string, string>();
  #lastId = 0;

  constructor(market: Market) {
    this.#market = market;
  }

  /** Frames that came before the snapshot are in it already. */
  replace({ lastUpdateId, bids, asks }: RecordedSnapshot): void {
    if (lastUpdateId <= this.#lastId) return;
    this.#bids.clear();
    this.#asks.clear();
    for (const [price, qty] of bids) this.#bids.set(price, qty);
    for (const [price, qty] of asks) this.#asks.set(price, qty);
    this.#lastId = lastUpdateId;
  }

  apply({ u, b, a }: RecordedDepth): void {
    if (this.#lastId === 0 || u <= this.#lastId) return;
    this.#lastId = u;
    for (const level of b) set(this.#bids, level);
    for (const level of a) set(this.#asks, level);
  }

  /** The body of a REST answer; undefined before a snapshot was played. `time`: unix ms. */
  body(limit: number, time: number): string | undefined {
    if (this.#lastId === 0) return undefined;
    const bids = [...this.#bids].sort((x, y) => Number(y[0]) - Number(x[0])).slice(0, limit);
    const asks = [...this.#asks].sort((x, y) => Number(x[0]) - Number(y[0])).slice(0, limit);
    const times = this.#market === 'spot' ? {} : { E: time, T: time };
    return JSON.stringify({ lastUpdateId: this.#lastId, ...times, bids, asks });
  }
}

function set(levels: Map<string, string>, [price, qty]: Text): void {
  if (Number(qty) === 0) levels.delete(price);
  else levels.set(price, qty);
}
