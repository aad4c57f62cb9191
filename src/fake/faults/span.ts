/** How long something goes on: so many times, or until a moment; whichever ends first. */
export class Span {
  readonly #until: number;
  #left: number;

  /** `forMs`: of the wall clock. Neither: for ever. */
  constructor({ times, forMs }: { readonly times?: number; readonly forMs?: number }) {
    this.#left = times ?? Number.POSITIVE_INFINITY;
    this.#until = forMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + forMs;
  }

  get over(): boolean {
    return this.#left <= 0 || performance.now() >= this.#until;
  }

  /** It happened once more. */
  count(): void {
    this.#left--;
  }
}
