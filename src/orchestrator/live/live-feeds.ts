import { backfill } from '../../market/binance/rest/backfill.ts';
import type { MarketRest } from '../../market/binance/rest/market-rest.ts';
import { eventKeys, keyOf } from '../../market/binance/series/event-key.ts';
import { seriesFor } from '../../market/binance/series/series-for.ts';
import type { Backfill, MarketRow, TopicSeries } from '../../market/binance/series/topic-series.ts';
import type { MarketEvent } from '../../market/binance/stream/market-event.ts';
import { messageOf } from '../../model/errors.ts';
import type { Market } from '../../model/market.ts';
import type { StreamStatus } from '../../model/stream-status.ts';

export interface LiveFeedsOptions {
  readonly market: Market;
  readonly rest: MarketRest;
  readonly row: (row: MarketRow) => void;
  readonly status: (status: StreamStatus) => void;
  readonly signal: AbortSignal;
}

/** The series of a session's topics: events in, rows out, missing ones fetched. */
export class LiveFeeds {
  readonly #options: LiveFeedsOptions;
  readonly #series = new Map<string, TopicSeries>();
  #byKey: ReadonlyMap<string, readonly TopicSeries[]> = new Map();

  constructor(options: LiveFeedsOptions) {
    this.#options = options;
  }

  get topics(): readonly string[] {
    return [...this.#series.keys()];
  }

  /** `last`: see {@link TopicSeries.resume}. */
  add(topic: string, last: number | undefined): void {
    const { market, row, status } = this.#options;
    const series = seriesFor(topic, market, {
      row,
      status,
      backfill: (request) => void this.#backfill(topic, request),
    });
    if (series === undefined) return;
    series.resume(last);
    this.#series.set(topic, series);
    this.#index();
  }

  drop(topic: string): void {
    if (this.#series.delete(topic)) this.#index();
  }

  /** False when no topic wants the event. */
  take(event: MarketEvent, now: number): boolean {
    const takers = this.#byKey.get(keyOf(event));
    if (takers === undefined) return false;
    for (const series of takers) series.take(event, now);
    return true;
  }

  interrupted(topics: readonly string[], now: number): void {
    for (const topic of topics) this.#series.get(topic)?.interrupted(now);
  }

  tick(now: number): void {
    for (const series of this.#series.values()) series.tick(now);
  }

  async #backfill(topic: string, request: Backfill): Promise<void> {
    const { rest, signal } = this.#options;
    // A topic may be dropped, and wanted again, while its answer is on the way.
    const asker = this.#series.get(topic);
    const still = () => asker !== undefined && this.#series.get(topic) === asker && !signal.aborted;
    try {
      if (request.type === 'depth') {
        const snapshot = await rest.depth({ symbol: request.symbol });
        if (still()) asker?.fetched(snapshot, true, Date.now());
        return;
      }
      for await (const events of backfill(rest, request, signal)) {
        if (!still()) return;
        asker?.fetched(events, false, Date.now());
      }
      if (still()) asker?.fetched([], true, Date.now());
    } catch (error) {
      if (still()) asker?.failed(messageOf(error), Date.now());
    }
  }

  #index(): void {
    const byKey = new Map<string, TopicSeries[]>();
    for (const series of this.#series.values()) {
      for (const key of eventKeys(series.topic)) byKey.set(key, [...(byKey.get(key) ?? []), series]);
    }
    this.#byKey = byKey;
  }
}
