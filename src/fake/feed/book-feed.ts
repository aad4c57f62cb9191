import type { BookChange, DepthChange, Level, Side, Top } from '../book/book-change.ts';
import { ChangeCollector } from '../book/change-collector.ts';
import type { FakeBook } from '../book/fake-book.ts';
import type { MarketClock } from '../clock.ts';
import { lazyFrame } from '../frames/frame.ts';
import type { Payloads } from '../frames/payloads.ts';
import { type BookStream, bookStreams } from './book-streams.ts';
import type { Feed, Publisher } from './publisher.ts';

/** The book changes so often, ms of market time. */
const STEP_MS = 20;
/** A fast market takes longer steps instead of more of them. */
const MOST_STEPS = 50;

export interface BookFeedOptions {
  readonly book: FakeBook;
  /** Best bid at a time, unix ms. */
  readonly bidAt: (ms: number) => number;
  readonly market: 'spot' | 'um' | 'cm';
  readonly symbol: string;
  readonly payloads: Payloads;
  readonly clock: MarketClock;
  readonly publisher: Publisher;
}

interface Open {
  readonly collector: ChangeCollector;
  /** Which span of the stream's cadence is being collected. */
  span: number;
}

/** Moves the book of a symbol and sends `@depth…` and `@bookTicker`. */
export class BookFeed implements Feed {
  readonly #options: BookFeedOptions;
  readonly #streams: readonly BookStream[];
  readonly #tickerStream: string;
  readonly #open = new Map<string, Open>();
  #at: number;

  constructor(options: BookFeedOptions) {
    this.#options = options;
    this.#streams = bookStreams(options.market, options.symbol);
    this.#tickerStream = `${options.symbol.toLowerCase()}@bookTicker`;
    this.#at = options.clock.now();
  }

  /** The whole book now: what REST answers. `time`: unix ms. */
  snapshot(limit: number): { lastId: number; time: number; bids: readonly Level[]; asks: readonly Level[] } {
    const { book, clock } = this.#options;
    if (!this.#wanted) this.#step(clock.now());
    const side = (name: Side): readonly Level[] => book.levels(name, limit);
    return { lastId: book.lastId, time: Math.floor(this.#at), bids: side('bids'), asks: side('asks') };
  }

  tick(): void {
    const now = this.#options.clock.now();
    if (!this.#wanted) {
      this.#rest(now);
      return;
    }
    const step = Math.max(STEP_MS, (now - this.#at) / MOST_STEPS);
    while (this.#at + step <= now) this.#step(this.#at + step);
  }

  get #wanted(): boolean {
    const { publisher } = this.#options;
    return publisher.wanted(this.#tickerStream) || this.#streams.some(({ name }) => publisher.wanted(name));
  }

  /** A book that nobody looks at does not move: hundreds of symbols cost nothing. */
  #rest(now: number): void {
    this.#at = now;
    this.#open.clear();
  }

  #step(at: number): void {
    const { book, bidAt, publisher } = this.#options;
    this.#listen(at);
    const before = book.top;
    const changes = book.step(bidAt(at));
    this.#at = at;
    for (const { collector } of this.#open.values()) for (const change of changes) collector.add(change);
    if (publisher.wanted(this.#tickerStream) && !sameTop(before, book.top)) this.#sendTop(changes);
    for (const stream of this.#streams) this.#sendWhenDue(stream, at);
  }

  /** Collects for the streams that somebody has subscribed to, from now on. */
  #listen(at: number): void {
    const { book, publisher } = this.#options;
    for (const { name, everyMs } of this.#streams) {
      if (!publisher.wanted(name)) this.#open.delete(name);
      else if (!this.#open.has(name)) {
        this.#open.set(name, { collector: new ChangeCollector(book.lastId), span: Math.floor(at / everyMs) });
      }
    }
  }

  #sendWhenDue(stream: BookStream, at: number): void {
    const open = this.#open.get(stream.name);
    const span = Math.floor(at / stream.everyMs);
    if (open === undefined || span === open.span) return;
    open.span = span;
    const change = open.collector.take();
    if (change !== undefined) this.#sendDepth(stream, change);
  }

  #sendDepth({ name, levels }: BookStream, change: DepthChange): void {
    const { book, payloads, publisher, clock } = this.#options;
    const [us, timeUs] = [clock.shownUs(), clock.nowUs()];
    if (levels === undefined) {
      publisher.publish(lazyFrame(name, change.lastId, (unit) => payloads.depth(change, timeUs, { us, unit })));
      return;
    }
    const top = { ...change, bids: book.levels('bids', levels), asks: book.levels('asks', levels) };
    publisher.publish(lazyFrame(name, change.lastId, (unit) => payloads.partialDepth(top, timeUs, { us, unit })));
  }

  #sendTop(changes: readonly BookChange[]): void {
    const { book, payloads, publisher, clock } = this.#options;
    const top = { ...book.top, updateId: changes.at(-1)?.id ?? book.lastId };
    const [us, timeUs] = [clock.shownUs(), clock.nowUs()];
    publisher.publish(
      lazyFrame(this.#tickerStream, top.updateId, (unit) => payloads.bookTicker(top, timeUs, { us, unit })),
    );
  }
}

function sameTop(a: Top, b: Top): boolean {
  return a.bid[0] === b.bid[0] && a.bid[1] === b.bid[1] && a.ask[1] === b.ask[1];
}
