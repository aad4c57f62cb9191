import type { Payload } from './plain-client.ts';

type Level = readonly [price: string, qty: string];

/** An order book kept by the rules that the exchange publishes, and nothing else. Throws where a rule is broken. */
export class RebuiltBook {
  readonly #spot: boolean;
  readonly #bids = new Map<string, string>();
  readonly #asks = new Map<string, string>();
  lastId: number;
  applied = 0;

  constructor(spot: boolean, snapshot: Payload) {
    this.#spot = spot;
    this.lastId = Number(snapshot.lastUpdateId);
    for (const [price, qty] of levels(snapshot.bids)) this.#bids.set(price, qty);
    for (const [price, qty] of levels(snapshot.asks)) this.#asks.set(price, qty);
  }

  /** False: older than the snapshot. */
  apply(frame: Payload): boolean {
    const [U, u, pu] = [Number(frame.U), Number(frame.u), Number(frame.pu)];
    if (this.applied === 0) {
      if (this.#spot ? u <= this.lastId : u < this.lastId) return false;
      const fits = this.#spot ? U <= this.lastId + 1 && this.lastId + 1 <= u : U <= this.lastId && this.lastId <= u;
      if (!fits) throw new Error(`the first frame ${U}..${u} does not contain ${this.lastId}`);
    } else if (this.#spot ? U !== this.lastId + 1 : pu !== this.lastId) {
      throw new Error(`a gap: ${U}..${u} (${pu}) after ${this.lastId}`);
    }
    for (const level of levels(frame.b)) set(this.#bids, level);
    for (const level of levels(frame.a)) set(this.#asks, level);
    this.lastId = u;
    this.applied++;
    return true;
  }

  get crossed(): boolean {
    return Number(this.bids[0]?.[0]) >= Number(this.asks[0]?.[0]);
  }

  get bids(): Level[] {
    return [...this.#bids].sort(([a], [b]) => Number(b) - Number(a));
  }

  get asks(): Level[] {
    return [...this.#asks].sort(([a], [b]) => Number(a) - Number(b));
  }
}

function set(side: Map<string, string>, [price, qty]: Level): void {
  if (Number(qty) === 0) side.delete(price);
  else side.set(price, qty);
}

export function levels(value: unknown): Level[] {
  if (!Array.isArray(value)) throw new Error('no levels');
  return value.map(([price, qty]) => [String(price), String(qty)]);
}
