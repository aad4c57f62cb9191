import { eventKeys, keyOf } from '../../market/binance/series/event-key.ts';
import type { MarketRow } from '../../market/binance/series/topic-series.ts';
import type { MarketEvent } from '../../market/binance/stream/market-event.ts';
import type { StreamStatus } from '../../model/stream-status.ts';

export interface LiveMarksOptions {
  readonly row: (row: MarketRow) => void;
  readonly status: (status: StreamStatus) => void;
}

/** Marks, once per topic, where its rows begin to be live: what comes before was history. */
export class LiveMarks {
  readonly #options: LiveMarksOptions;
  /** Time of the first event that a socket brought, by its key; unix µs. */
  readonly #since = new Map<string, number>();
  readonly #marked = new Set<string>();

  constructor(options: LiveMarksOptions) {
    this.#options = options;
  }

  /** An event that came over a socket, before a series takes it. */
  live(event: MarketEvent): void {
    const key = keyOf(event);
    if (!this.#since.has(key)) this.#since.set(key, timeOf(event));
  }

  row(row: MarketRow): void {
    if (!this.#marked.has(row.topic) && this.#isLive(row)) {
      this.#marked.add(row.topic);
      this.#options.status({ kind: 'live', topic: row.topic });
    }
    this.#options.row(row);
  }

  #isLive({ topic, timeUs }: MarketRow): boolean {
    return eventKeys(topic).some((key) => timeUs >= (this.#since.get(key) ?? Infinity));
  }
}

function timeOf(event: MarketEvent): number {
  switch (event.type) {
    case 'trade':
    case 'aggTrade':
      return event.timeUs;
    case 'kline':
      return event.eventTime * 1_000;
    case 'depth':
      return event.time * 1_000;
    default:
      return 0;
  }
}
