/** A market of aggTrades for replay: `topics` symbols with the same number of rows each, on every one of `days` days. */
export interface Dataset {
  readonly name: string;
  readonly topics: number;
  readonly days: number;
  /** Of one topic on one day. */
  readonly rows: number;
  /** Keeps the merged bytes in a file as well, for the raw socket. */
  readonly keepBytes: boolean;
}

export const DATASETS = {
  /** The three of equal size: 3.0 M rows. */
  t2: { name: 't2', topics: 2, days: 1, rows: 1_500_000, keepBytes: true },
  t10: { name: 't10', topics: 10, days: 1, rows: 300_000, keepBytes: false },
  t64: { name: 't64', topics: 64, days: 1, rows: 46_875, keepBytes: false },
  /** For what needs several seconds for a million rows. */
  small: { name: 'small', topics: 2, days: 1, rows: 300_000, keepBytes: false },
  t2day: { name: 't2day', topics: 2, days: 1, rows: 300_000, keepBytes: false },
  t2month: { name: 't2month', topics: 2, days: 30, rows: 300_000, keepBytes: false },
  t64day: { name: 't64day', topics: 64, days: 1, rows: 9_375, keepBytes: false },
  t64month: { name: 't64month', topics: 64, days: 30, rows: 9_375, keepBytes: false },
} as const satisfies Record<string, Dataset>;

export type DatasetName = keyof typeof DATASETS;

export const FIRST_DAY = Date.parse('2025-03-01T00:00:00Z');
export const DAY_MS = 86_400_000;

/** The id of the session whose lines the reference of a dataset holds. */
export const SESSION_ID = 's1';

export function totalRows({ topics, days, rows }: Dataset): number {
  return topics * days * rows;
}

/** `ADAUSDT`, `XRPUSDT` and made-up ones of the same length, in the order of topics. */
export function symbolsOf({ topics }: Dataset): string[] {
  const letters = 'ABCDEFGHIJ';
  const others = Array.from({ length: topics - 2 }, (_, index) => {
    const [tens, ones] = [letters[Math.floor(index / 10)] ?? '', letters[index % 10] ?? ''];
    return `Y${tens}${ones}USDT`;
  });
  return ['ADAUSDT', 'XRPUSDT', ...others];
}
