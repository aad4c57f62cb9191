/**
 * Events that wait for those before them, sorted by id, each id once. Bounded: beyond the limit the highest id is forgotten,
 * because it is the one that is needed last.
 */
export class HeldEvents<E> {
  readonly #limit: number;
  #ids: number[] = [];
  #events: E[] = [];
  /** Those before this index have been taken out. */
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#ids.length - this.#head;
  }

  get firstId(): number | undefined {
    return this.#ids[this.#head];
  }

  /** False when the id is held already. */
  add(id: number, event: E): boolean {
    const place = this.#placeOf(id);
    if (this.#ids[place] === id) return false;
    if (place === this.#ids.length) {
      this.#ids.push(id);
      this.#events.push(event);
    } else {
      this.#ids.splice(place, 0, id);
      this.#events.splice(place, 0, event);
    }
    if (this.size > this.#limit) {
      this.#ids.pop();
      this.#events.pop();
    }
    return true;
  }

  /** Takes out the event with this id if it is the first one. */
  take(id: number): E | undefined {
    if (this.#ids[this.#head] !== id) return undefined;
    const event = this.#events[this.#head];
    this.#head++;
    if (this.#head * 2 >= this.#ids.length) this.#compact();
    return event;
  }

  /** Forgets what is below an id; says how many. */
  dropBelow(id: number): number {
    let dropped = 0;
    for (let first = this.firstId; first !== undefined && first < id; first = this.firstId) {
      this.take(first);
      dropped++;
    }
    return dropped;
  }

  clear(): void {
    this.#ids = [];
    this.#events = [];
    this.#head = 0;
  }

  /** Index of the first id that is not lower; events come nearly in order, so the end is looked at first. */
  #placeOf(id: number): number {
    let high = this.#ids.length;
    if (high === this.#head || (this.#ids[high - 1] ?? 0) < id) return high;
    let low = this.#head;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Constant cost per event on average: half of the array goes at once. */
  #compact(): void {
    this.#ids = this.#ids.slice(this.#head);
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }
}
