import { INTERVAL_MS, type Interval } from '../../../model/market.ts';
import type { KlineRecord } from '../record/kline.ts';
import type { AbsentSpan, SeriesCheck, SeriesWarning } from './format/format.ts';
import { nextPeriod, periodAt } from './period.ts';
import type { RowFields } from './row-fields.ts';

/** When the bar that opens at `openTime` ends. Unix ms. */
export function barEnd(openTime: number, interval: Interval): number {
  const length = INTERVAL_MS[interval];
  return length === undefined ? nextPeriod(periodAt(openTime, 'month')).start : openTime + length;
}

/**
 * Checks candles one after the other. A repeated or earlier open time is an error; an absent bar is a gap; a bar that
 * closed early (trading stopped inside it) is kept with a warning.
 */
export class KlineSeries implements SeriesCheck<KlineRecord> {
  readonly #interval: Interval;
  readonly gaps: AbsentSpan[] = [];
  readonly warnings: SeriesWarning[] = [];
  #lastOpen = Number.NEGATIVE_INFINITY;
  /** Where the next bar is expected; unix ms. */
  #end: number | undefined;

  constructor(interval: Interval) {
    this.#interval = interval;
  }

  /** End of the last bar, unix ms; undefined before the first. */
  get end(): number | undefined {
    return this.#end;
  }

  next(bar: KlineRecord, fields: RowFields): void {
    const { openTime, closeTime } = bar;
    if (openTime === this.#lastOpen) fields.fail(0, `the bar of ${iso(openTime)} is there twice`);
    if (openTime < this.#lastOpen)
      fields.fail(0, `the bar of ${iso(openTime)} comes after that of ${iso(this.#lastOpen)}`);
    if (this.#end !== undefined && openTime < this.#end) {
      fields.fail(
        0,
        `the bar of ${iso(openTime)} begins before the bar before it ends: not an interval of ${this.#interval}`,
      );
    }
    if (closeTime < openTime) fields.fail(6, 'the bar closes before it opens');
    if (this.#end !== undefined && openTime > this.#end) this.gaps.push({ from: this.#end, to: openTime });
    const end = barEnd(openTime, this.#interval);
    if (closeTime > end - 1)
      fields.fail(6, `the bar closes at ${iso(closeTime)}: not an interval of ${this.#interval}`);
    if (closeTime < end - 1) {
      this.warnings.push({ at: openTime, text: `the bar of ${iso(openTime)} closes early, at ${iso(closeTime)}` });
    }
    this.#lastOpen = openTime;
    this.#end = end;
  }

  takes(openTime: number, closeTime: number): boolean {
    if (openTime !== this.#end) return false;
    const end = barEnd(openTime, this.#interval);
    if (closeTime !== end - 1) return false;
    this.#lastOpen = openTime;
    this.#end = end;
    return true;
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
