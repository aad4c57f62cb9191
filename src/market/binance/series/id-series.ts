import type { DepthSnapshot, MarketEvent } from '../stream/market-event.ts';
import { type IdType, idOf, rowOf } from './id-event.ts';
import { COUNTED } from './id-order.ts';
import { QuietWatch } from './quiet-watch.ts';
import { isEvents, type SeriesPort, type TopicSeries } from './topic-series.ts';
import { UnbrokenSequence } from './unbroken-sequence.ts';

export interface IdSeriesOptions {
  readonly topic: string;
  readonly type: IdType;
  readonly symbol: string;
  readonly port: SeriesPort;
  /** Events that wait behind a gap; default 100,000. */
  readonly maxHeld?: number;
}

/** Ids that are asked for when it is not known how many there are: a page of REST. */
const PAGE = 1_000;

/** Trades and aggTrades: ids grow by one. */
export class IdSeries implements TopicSeries {
  readonly topic: string;
  readonly #type: IdType;
  readonly #sequence: UnbrokenSequence;
  readonly #quiet = new QuietWatch();

  constructor({ topic, type, symbol, port, maxHeld }: IdSeriesOptions) {
    this.topic = topic;
    this.#type = type;
    this.#sequence = new UnbrokenSequence({
      topic,
      port,
      order: COUNTED,
      request: (fromId, toId, isProbe) => ({ type, symbol, fromId, toId, ...(isProbe ? { onePage: true } : {}) }),
      render: (event) => rowOf(event, topic),
      ...(maxHeld === undefined ? {} : { maxHeld }),
    });
  }

  /** Events that came again and were dropped. */
  get duplicates(): number {
    return this.#sequence.duplicates;
  }

  /** Events that wait behind a gap. */
  get held(): number {
    return this.#sequence.held;
  }

  resume(last: number | undefined): void {
    this.#sequence.resume(last);
    if (last === undefined) this.#quiet.stop();
    else this.#quiet.start();
  }

  take(event: MarketEvent, now: number): void {
    const id = idOf(event, this.#type);
    if (id === undefined) return;
    this.#quiet.stop();
    this.#sequence.take(id, event, now);
  }

  fetched(events: readonly MarketEvent[] | DepthSnapshot, done: boolean, now: number): void {
    if (!isEvents(events)) return;
    const identified = events.flatMap((event) => {
      const id = idOf(event, this.#type);
      return id === undefined ? [] : [[id, event] as const];
    });
    this.#sequence.fetched(identified, done, now);
    if (done) this.#quiet.answered(this.#sequence.due, now);
  }

  failed(reason: string, now: number): void {
    this.#sequence.failed(reason, now);
    this.#quiet.failed(now);
  }

  /** The first id that comes after it tells what is missing; if none comes, REST does. */
  interrupted(): void {
    this.#quiet.start();
  }

  tick(now: number): void {
    this.#sequence.tick(now);
    const { due } = this.#sequence;
    if (due === undefined || !this.#quiet.isTime(now)) return;
    if (this.#sequence.probe(due + PAGE - 1)) this.#quiet.asked(due);
  }
}
