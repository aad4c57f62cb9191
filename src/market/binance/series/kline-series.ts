import type { Interval } from '../../../model/market.ts';
import { barEnd } from '../archive/kline-series.ts';
import { type KlineRecord, renderKline } from '../record/kline.ts';
import type { DepthSnapshot, KlineEvent, MarketEvent } from '../stream/market-event.ts';
import { barOrder, lastBarOver } from './id-order.ts';
import { isEvents, type MarketRow, type SeriesPort, type TopicSeries } from './topic-series.ts';
import { UnbrokenSequence } from './unbroken-sequence.ts';

export interface KlineSeriesOptions {
  readonly topic: string;
  readonly symbol: string;
  readonly interval: Interval;
  readonly port: SeriesPort;
}

/** A bar comes 0.25 to 2 s after its end: later than this, REST is asked. */
const OVERDUE_MS = 5_000;
/** While REST has no bar either, e.g. because the market is down, it is asked less and less often. */
const MAX_WAIT_MS = 60_000;
/** Delivered bars that are compared with what comes again. */
const REMEMBERED = 16;

/**
 * Closed bars, each once, in order. A bar that does not come is fetched; it is lost only when REST does not have it though
 * there is a later one: a market that is down has no bars, and a clock that is ahead waits for one that is not over.
 */
export class KlineSeries implements TopicSeries {
  readonly topic: string;
  readonly #interval: Interval;
  readonly #port: SeriesPort;
  readonly #sequence: UnbrokenSequence;
  readonly #order;
  readonly #delivered = new Map<number, KlineRecord>();
  /** When REST is asked for the bar that is due. */
  #probe: { readonly due: number; readonly at: number; readonly wait: number } | undefined;

  constructor({ topic, symbol, interval, port }: KlineSeriesOptions) {
    this.topic = topic;
    this.#interval = interval;
    this.#port = port;
    this.#order = barOrder(interval);
    this.#sequence = new UnbrokenSequence({
      topic,
      port,
      order: this.#order,
      request: (from, to) => ({ type: 'klines', symbol, interval, from, to }),
      render: (event) => (event.type === 'kline' ? this.#row(event.record) : undefined),
    });
  }

  /** Bars that came again and were dropped. */
  get duplicates(): number {
    return this.#sequence.duplicates;
  }

  resume(last: number | undefined): void {
    this.#delivered.clear();
    this.#sequence.resume(last);
  }

  take(event: MarketEvent, now: number): void {
    if (!this.#isOurs(event)) return;
    const { openTime } = event.record;
    if (!event.closed) {
      // It says that the bars before it are over.
      this.#sequence.expect(this.#order.before(openTime), now);
      return;
    }
    this.#compare(event.record);
    this.#sequence.take(openTime, event, now);
  }

  fetched(events: readonly MarketEvent[] | DepthSnapshot, done: boolean, now: number): void {
    if (!isEvents(events)) return;
    const bars = events.filter((event) => this.#isOurs(event)).filter(({ closed }) => closed);
    for (const { record } of bars) this.#compare(record);
    this.#sequence.fetched(
      bars.map((bar) => [bar.record.openTime, bar]),
      done,
      now,
    );
  }

  failed(reason: string, now: number): void {
    this.#sequence.failed(reason, now);
  }

  /** Nothing to do: the next bar, or its absence, tells what is missing. */
  interrupted(): void {}

  tick(now: number): void {
    this.#sequence.tick(now);
    const due = this.#sequence.due;
    if (due === undefined) return;
    if (this.#probe?.due !== due) {
      this.#probe = { due, at: barEnd(due, this.#interval) + OVERDUE_MS, wait: OVERDUE_MS };
    }
    const { at, wait } = this.#probe;
    if (now < at || !this.#sequence.probe(lastBarOver(due, this.#interval, now) ?? due)) return;
    this.#probe = { due, at: now + wait, wait: Math.min(wait * 2, MAX_WAIT_MS) };
  }

  #isOurs(event: MarketEvent): event is KlineEvent {
    return event.type === 'kline' && event.interval === this.#interval;
  }

  #row(record: KlineRecord): MarketRow {
    const { openTime, closeTime } = record;
    this.#delivered.set(openTime, record);
    const [oldest] = this.#delivered.keys();
    if (this.#delivered.size > REMEMBERED && oldest !== undefined) this.#delivered.delete(oldest);
    return { topic: this.topic, ts: closeTime, timeUs: closeTime * 1_000, json: renderKline(record) };
  }

  #compare(record: KlineRecord): void {
    const { openTime } = record;
    const delivered = this.#delivered.get(openTime);
    if (delivered === undefined) return;
    const changes = changesOf(delivered, record);
    if (changes === '') return;
    // Told once per bar.
    this.#delivered.delete(openTime);
    this.#port.status({ kind: 'correction', topic: this.topic, openTime, changes });
  }
}

function changesOf(before: KlineRecord, after: KlineRecord): string {
  const values = new Map<string, unknown>(Object.entries(before));
  return Object.entries(after)
    .filter(([name, value]) => values.get(name) !== value)
    .map(([name, value]) => `${name} ${String(values.get(name))} -> ${String(value)}`)
    .join(', ');
}
