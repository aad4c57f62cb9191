import type { BookChange, DepthChange } from './book-change.ts';

/** Joins the changes of a book between two frames: the last quantity of each level counts. */
export class ChangeCollector {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #firstId: number | undefined;
  #lastId: number;
  #previousId: number;

  /** `lastId`: of the book when collecting begins. */
  constructor(lastId: number) {
    this.#lastId = lastId;
    this.#previousId = lastId;
  }

  add({ id, side, price, qty }: BookChange): void {
    this.#firstId ??= id;
    this.#lastId = id;
    (side === 'bids' ? this.#bids : this.#asks).set(price, qty);
  }

  /** What was collected since the last time; undefined when nothing changed. */
  take(): DepthChange | undefined {
    if (this.#firstId === undefined) return undefined;
    const change = {
      firstId: this.#firstId,
      lastId: this.#lastId,
      previousId: this.#previousId,
      bids: [...this.#bids],
      asks: [...this.#asks],
    };
    this.#bids.clear();
    this.#asks.clear();
    this.#previousId = this.#lastId;
    this.#firstId = undefined;
    return change;
  }
}
