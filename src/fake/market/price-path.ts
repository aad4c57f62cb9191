import { type Hash, hashFor } from './hash.ts';

/** Movements of different lengths that add up to a price path: length in seconds, height relative to the price. */
const WAVES = [
  [3, 0.0001],
  [47, 0.0006],
  [601, 0.002],
  [7_207, 0.008],
  [259_200, 0.05],
] as const;

/** A price as a function of time: entered anywhere, the same on every machine. */
export class PricePath {
  readonly #base: number;
  readonly #hash: Hash;

  /** `name` decides the path; it stays around a level between 500 and 90,000. */
  constructor(name: string) {
    this.#hash = hashFor(`${name}/path`);
    this.#base = 500_00 + Math.floor(this.#hash(2 ** 40) ** 2 * 89_500_00);
  }

  /** Best bid, hundredths. `seconds`: since any fixed beginning, not negative. */
  at(seconds: number): number {
    let sum = 0;
    for (let i = 0; i < WAVES.length; i++) {
      const [length, height] = WAVES[i] ?? WAVES[0];
      const position = seconds / length;
      const index = Math.floor(position);
      const before = this.#hash(index * WAVES.length + i);
      const after = this.#hash((index + 1) * WAVES.length + i);
      sum += height * (before + (after - before) * (position - index) - 0.5);
    }
    return Math.round(this.#base * (1 + sum));
  }
}
