import type { MarketClock } from '../clock.ts';
import type { Feed, Publisher } from '../feed/publisher.ts';
import { lazyFrame } from '../frames/frame.ts';
import { frameId, readDepth, readSnapshot } from './frame-reader.ts';
import type { RecordedLine } from './read-frames.ts';
import type { RecordedBook } from './recorded-book.ts';

export interface RecordedFeedOptions {
  /** Of one symbol, in the order in which they were received. */
  readonly lines: readonly RecordedLine[];
  /** Receive time that is played at the start of the market's clock, unix µs. */
  readonly beginUs: number;
  readonly startMs: number;
  readonly clock: MarketClock;
  readonly publisher: Publisher;
  readonly book: RecordedBook;
  /** Depth streams that were not recorded: they get the frames of the one that was. */
  readonly depthStreams: readonly string[];
}

/** Sends recorded frames as they are, at the distances in which they were received. */
export class RecordedFeed implements Feed {
  readonly #options: RecordedFeedOptions;
  #next = 0;

  constructor(options: RecordedFeedOptions) {
    this.#options = options;
  }

  tick(): void {
    const { lines, beginUs, startMs, clock } = this.#options;
    if (!clock.playing) return;
    const until = beginUs + (clock.now() - startMs) * 1_000;
    for (let line = lines[this.#next]; line !== undefined && line.receivedUs <= until; line = lines[this.#next]) {
      this.#next++;
      this.#play(line);
    }
  }

  #play(line: RecordedLine): void {
    const { book, depthStreams } = this.#options;
    const { stream, payload } = line;
    if (stream === undefined) {
      const snapshot = readSnapshot(line);
      if (snapshot !== undefined) book.replace(snapshot);
      return;
    }
    this.#send(stream, payload);
    if (!/@depth(@|$)/.test(stream)) return;
    book.apply(readDepth(payload));
    for (const other of depthStreams) this.#send(other, payload);
  }

  #send(stream: string, payload: string): void {
    const { publisher } = this.#options;
    if (publisher.wanted(stream)) publisher.publish(lazyFrame(stream, frameId(payload), () => payload));
  }
}
