import { missingParameter, Refusal } from './refusal.ts';

/** Digits of a time in µs; ms have 13. */
const MICROS = 1e15;

/** The parameters of a request, read as the exchange reads them. */
export class Query {
  readonly #params: URLSearchParams;

  constructor(params: URLSearchParams) {
    this.#params = params;
  }

  text(name: string): string {
    const value = this.#params.get(name);
    if (value === null || value === '') throw missingParameter(name);
    return value;
  }

  /** A whole number, not negative; undefined when it is not given. */
  int(name: string): number | undefined {
    const text = this.#params.get(name);
    if (text === null) return undefined;
    if (!/^\d{1,16}$/.test(text)) {
      throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`);
    }
    return Number(text);
  }

  /** Unix µs; given in ms or µs. */
  time(name: string): number | undefined {
    const value = this.int(name);
    return value === undefined || value >= MICROS ? value : value * 1_000;
  }

  /** A limit above the largest counts as the largest. */
  limit(standard: number, largest: number): number {
    const value = this.int('limit') ?? standard;
    if (value < 1) throw new Refusal(-1100, "Illegal characters found in parameter 'limit'.");
    return Math.min(value, largest);
  }
}
