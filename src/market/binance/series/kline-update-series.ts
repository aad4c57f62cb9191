import { renderKlineUpdate } from '../record/kline-update.ts';
import type { KlineEvent, MarketEvent } from '../stream/market-event.ts';
import type { SeriesPort, TopicSeries } from './topic-series.ts';

export interface KlineUpdateSeriesOptions {
  readonly topic: string;
  readonly interval: string;
  readonly port: SeriesPort;
}

/**
 * Bars as they change: every frame a row, with the time of the frame. They carry no ids, so what was missed is not known, and
 * the next frame says all of it; frames that are not newer than the last one, as overlapping connections bring them, are
 * dropped. In the ms in which a bar closes the next one may open.
 */
export class KlineUpdateSeries implements TopicSeries {
  readonly topic: string;
  readonly #interval: string;
  readonly #port: SeriesPort;
  #newest: KlineEvent | undefined;
  #stale = 0;

  constructor({ topic, interval, port }: KlineUpdateSeriesOptions) {
    this.topic = topic;
    this.#interval = interval;
    this.#port = port;
  }

  /** Frames that were dropped. */
  get stale(): number {
    return this.#stale;
  }

  /** Only new frames are of interest, whatever was delivered. */
  resume(): void {
    this.#newest = undefined;
  }

  take(event: MarketEvent): void {
    if (event.type !== 'kline' || event.interval !== this.#interval) return;
    if (this.#newest !== undefined && !isNewer(event, this.#newest)) {
      this.#stale++;
      return;
    }
    this.#newest = event;
    const { eventTime, closed, record } = event;
    this.#port.row({
      topic: this.topic,
      ts: eventTime,
      timeUs: eventTime * 1_000,
      json: renderKlineUpdate({ eventTime, closed, bar: record }),
    });
  }

  /** It asks for nothing. */
  fetched(): void {}

  failed(): void {}

  interrupted(): void {}

  tick(): void {}
}

function isNewer(event: KlineEvent, than: KlineEvent): boolean {
  if (event.eventTime !== than.eventTime) return event.eventTime > than.eventTime;
  const later = event.record.openTime - than.record.openTime;
  return later > 0 || (later === 0 && event.closed && !than.closed);
}
