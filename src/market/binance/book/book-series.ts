import type { Market } from '../../../model/market.ts';
import { renderOrderBook } from '../record/order-book.ts';
import { isEvents, type SeriesPort, type TopicSeries } from '../series/topic-series.ts';
import type { DepthEvent, DepthSnapshot, MarketEvent } from '../stream/market-event.ts';
import { BOOK_RULES, type BookRules } from './book-rules.ts';
import { buildBook } from './build-book.ts';
import type { OrderBook } from './order-book.ts';
import { Pace } from './pace.ts';
import { SnapshotTurn } from './snapshot-turn.ts';

export interface BookSeriesOptions {
  readonly topic: string;
  readonly symbol: string;
  readonly market: Market;
  /** ms between rows. */
  readonly speed: BookSpeed;
  readonly port: SeriesPort;
}

export type BookSpeed = 100 | 250 | 500;

/** Levels of each side in a row. */
const LEVELS = 20;
/**
 * When fewer levels are certain, a new snapshot is fetched while the book goes on. Of 1,000 levels of BTCUSDT a jump of the
 * price took more than 200 at once (recorded 2024-08-08).
 */
const SCARCE_LEVELS = 400;
const MAX_BUFFERED = 10_000;

/**
 * The best levels of one order book. It is built from a snapshot and the changes that were buffered meanwhile; when a change
 * is missing or the book cannot be right, it is thrown away, told once, and built again. There are no rows in between.
 */
export class BookSeries implements TopicSeries {
  readonly topic: string;
  readonly #symbol: string;
  readonly #rules: BookRules;
  readonly #speed: BookSpeed;
  readonly #port: SeriesPort;
  /** Undefined: every change is a row. */
  readonly #pace: Pace | undefined;
  #book: OrderBook | undefined;
  /** Changes since the last request for a snapshot, while there is one or no book. */
  #buffer: DepthEvent[] = [];
  #turn = new SnapshotTurn();
  /** That there is no book was told. */
  #isLossTold = false;
  /** Update id of the last row. */
  #rowId: number | undefined;
  /** Since when a change waits for its row; unix ms. */
  #waitingSince: number | undefined;

  constructor({ topic, symbol, market, speed, port }: BookSeriesOptions) {
    this.topic = topic;
    this.#symbol = symbol;
    this.#rules = BOOK_RULES[market];
    this.#speed = speed;
    this.#port = port;
    // Futures have a stream for each speed, with times that vary; spot thins the one of 100 ms, whose times do not.
    if (speed !== 100) this.#pace = new Pace({ everyMs: speed, slackMs: market === 'spot' ? 0 : speed / 2 });
  }

  /** Update ids of books are no history: it begins with a snapshot, whatever was delivered. */
  resume(): void {
    this.#book = undefined;
    this.#buffer = [];
    this.#turn = new SnapshotTurn();
    this.#isLossTold = false;
    this.#rowId = undefined;
    this.#waitingSince = undefined;
  }

  take(event: MarketEvent, now: number): void {
    if (event.type !== 'depth') return;
    if (this.#book === undefined || this.#turn.isOpen) this.#keep(event);
    if (this.#book === undefined) {
      this.#ask(now);
      return;
    }
    const applied = this.#book.apply(event);
    if (applied.type === 'broken') {
      if (!this.#turn.isOpen) this.#buffer = [event];
      this.#lose(applied.reason);
      this.#ask(now);
    } else if (applied.type === 'applied') this.#changed(this.#book, now);
  }

  fetched(answer: readonly MarketEvent[] | DepthSnapshot, _done: boolean, now: number): void {
    if (isEvents(answer) || !this.#turn.close()) return;
    const built = buildBook(this.#rules, answer, this.#buffer);
    // A later snapshot is newer than what does not fit: the changes stay.
    if (built === undefined && this.#book === undefined) return;
    this.#buffer = [];
    // The book goes on as it is.
    if (built === undefined) return;
    const isNew = this.#book === undefined;
    this.#book = built.book;
    if (isNew) {
      this.#isLossTold = false;
      this.#say('synced', `snapshot ${answer.lastId} and ${built.applied} changes`);
    }
    this.#changed(built.book, now);
  }

  failed(reason: string): void {
    if (this.#turn.close() && this.#book === undefined) this.#lose(reason);
  }

  /** Nothing to do: the next change tells whether one is missing. */
  interrupted(): void {}

  tick(now: number): void {
    if (this.#book === undefined) {
      // Without changes there is nothing that a snapshot could be checked against.
      if (this.#buffer.length > 0) this.#ask(now);
      return;
    }
    if (this.#waitingSince === undefined || now - this.#waitingSince < this.#speed) return;
    this.#pace?.restart(this.#book.time ?? now);
    this.#row(this.#book, now);
  }

  #ask(now: number): void {
    if (this.#turn.take(now)) this.#port.backfill({ type: 'depth', symbol: this.#symbol });
  }

  #keep(event: DepthEvent): void {
    this.#buffer.push(event);
    // A snapshot that is older than what is left is refused, so that nothing goes wrong when the oldest are dropped.
    if (this.#buffer.length > MAX_BUFFERED) this.#buffer.splice(0, MAX_BUFFERED / 2);
  }

  #changed(book: OrderBook, now: number): void {
    const { certain } = book;
    if (certain < LEVELS) {
      this.#lose(`only ${certain} of the best ${LEVELS} levels are certain`);
      return;
    }
    if (certain < SCARCE_LEVELS) this.#ask(now);
    if (book.id === this.#rowId) return;
    if (this.#pace === undefined || this.#pace.isDue(book.time ?? now)) this.#row(book, now);
    else this.#waitingSince ??= now;
  }

  #row(book: OrderBook, now: number): void {
    const record = book.top(LEVELS, now);
    const { eventTime } = record;
    this.#waitingSince = undefined;
    this.#rowId = book.id;
    this.#port.row({ topic: this.topic, ts: eventTime, timeUs: eventTime * 1_000, json: renderOrderBook(record) });
  }

  #lose(reason: string): void {
    this.#book = undefined;
    this.#waitingSince = undefined;
    if (this.#isLossTold) return;
    this.#isLossTold = true;
    this.#say('lost', reason);
  }

  #say(state: 'lost' | 'synced', reason: string): void {
    this.#port.status({ kind: 'book', topic: this.topic, state, reason });
  }
}
