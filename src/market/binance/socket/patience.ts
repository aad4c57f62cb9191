/** How long a stream may say nothing, ms. */
export interface Patience {
  /** Until the first frame, and as long as its rhythm is not known. */
  readonly firstMs: number;
  /** At least, however fast it is. */
  readonly floorMs: number;
  /** At most, however slow it is. */
  readonly capMs: number;
}

const SECOND = 1_000;

/**
 * By what follows the `@`. Klines come every 2 s at the latest while there is trading, changes of a book every 100 ms to 1 s
 * while it changes; quiet symbols trade once in minutes.
 */
const BY_KIND: readonly (readonly [RegExp, Patience])[] = [
  [/^(agg)?trade$/i, { firstMs: 60 * SECOND, floorMs: 5 * SECOND, capMs: 1_800 * SECOND }],
  [/^kline_/i, { firstMs: 30 * SECOND, floorMs: 10 * SECOND, capMs: 900 * SECOND }],
  [/^(depth|bookticker)/i, { firstMs: 30 * SECOND, floorMs: 5 * SECOND, capMs: 600 * SECOND }],
];

/** Undefined: it may be silent for ever, as `forceOrder`. */
export function patienceOf(stream: string): Patience | undefined {
  const kind = stream.slice(stream.indexOf('@') + 1);
  return BY_KIND.find(([pattern]) => pattern.test(kind))?.[1];
}
