/** The topics that have rows left, by (order of the next row, rank): the order of the stream. */
export class TopicHeap {
  readonly #ranks: Uint16Array;
  readonly #heads: Float64Array;
  readonly #heap: number[] = [];

  /** `ranks`: by topic index; no two are the same. */
  constructor(ranks: readonly number[]) {
    this.#ranks = Uint16Array.from(ranks);
    this.#heads = new Float64Array(ranks.length);
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The topic whose row comes next; -1 when there is none. */
  get top(): number {
    return this.#heap[0] ?? -1;
  }

  /** The topic that would come next if there were no `top`; -1 when there is none. */
  get rival(): number {
    const left = this.#heap[1] ?? -1;
    const right = this.#heap[2] ?? -1;
    if (right < 0) return left;
    return this.#before(left, right) ? left : right;
  }

  /** What a topic's next row is ordered by: unix µs, in a recording its number. */
  head(topic: number): number {
    return this.#heads[topic] ?? Infinity;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  push(topic: number, order: number): void {
    this.#heads[topic] = order;
    let place = this.#heap.length;
    this.#heap.push(topic);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent] ?? 0;
      if (!this.#before(topic, above)) break;
      this.#heap[place] = above;
      place = parent;
    }
    this.#heap[place] = topic;
  }

  /** The top has a new next row. */
  advance(order: number): void {
    const topic = this.top;
    this.#heads[topic] = order;
    this.#sink(topic);
  }

  /** The top has no more rows. */
  remove(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
  }

  #sink(topic: number): void {
    const size = this.#heap.length;
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      let best = this.#heap[child] ?? 0;
      const right = this.#heap[child + 1];
      if (right !== undefined && this.#before(right, best)) {
        best = right;
        child += 1;
      }
      if (!this.#before(best, topic)) break;
      this.#heap[place] = best;
      place = child;
    }
    this.#heap[place] = topic;
  }

  /** Rows of `a` come before rows of `b` that have the same time. */
  winsTie(a: number, b: number): boolean {
    return (this.#ranks[a] ?? 0) < (this.#ranks[b] ?? 0);
  }

  #before(a: number, b: number): boolean {
    const left = this.#heads[a] ?? Infinity;
    const right = this.#heads[b] ?? Infinity;
    return left < right || (left === right && this.winsTie(a, b));
  }
}
