import type { Endpoints } from '../../market/binance/endpoints.ts';
import type { MarketRest } from '../../market/binance/rest/market-rest.ts';
import type { MarketRow } from '../../market/binance/series/topic-series.ts';
import { MarketSockets } from '../../market/binance/socket/market-sockets.ts';
import { type SocketEvent, socketEventText } from '../../market/binance/socket/socket-event.ts';
import { decodeFrame } from '../../market/binance/stream/decode.ts';
import { type ExchangeStream, streamOf } from '../../market/binance/stream/stream-name.ts';
import { messageOf } from '../../model/errors.ts';
import type { Market } from '../../model/market.ts';
import { type StreamStatus, statusText } from '../../model/stream-status.ts';
import { mergePast } from './catch-up.ts';
import { watchClock } from './clock-watch.ts';
import { LiveFeeds } from './live-feeds.ts';
import { LiveMarks } from './live-marks.ts';
import { pastPages, type Since } from './past.ts';
import { isNotable, statusesOf } from './stream-events.ts';

export interface LiveMarketOptions {
  readonly market: Market;
  readonly endpoints: Endpoints;
  readonly rest: MarketRest;
  readonly row: (row: MarketRow) => void;
  readonly status: (status: StreamStatus) => void;
  /** Something that operators are told. */
  readonly notice: (event: string, text: string) => void;
  readonly signal: AbortSignal;
}

const TICK_MS = 50;

/** Frames by what became of them. */
export interface FrameCounts {
  taken: number;
  /** Of a stream that no topic wants any more, or of another kind. */
  unwanted: number;
  malformed: number;
}

/** The live market of a session: sockets, REST, and the series that make rows of what comes. */
export class LiveMarket {
  readonly counts: FrameCounts = { taken: 0, unwanted: 0, malformed: 0 };
  readonly #options: LiveMarketOptions;
  readonly #feeds: LiveFeeds;
  readonly #marks: LiveMarks;
  #sockets: MarketSockets | undefined;
  #topicsByStream: ReadonlyMap<string, readonly string[]> = new Map();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveMarketOptions) {
    const { market, rest, row, signal } = options;
    this.#options = options;
    const status = (each: StreamStatus) => this.#status(each);
    this.#marks = new LiveMarks({ row, status });
    this.#feeds = new LiveFeeds({ market, rest, row: (each) => this.#marks.row(each), status, signal });
  }

  /**
   * Topics whose rows go on after what was delivered before. What they missed since is fetched first, all of them together in
   * the order of time. A topic that is not in `since` begins with what comes.
   */
  async resume(topics: readonly string[], since: ReadonlyMap<string, Since>): Promise<void> {
    const { rest, market, signal } = this.#options;
    for (const topic of topics) {
      const from = since.get(topic);
      this.#feeds.add(topic, from?.type === 'after' ? from.key : undefined);
    }
    if (since.size === 0) return;
    const until = await rest.time(signal).catch(() => Infinity);
    const past = [...since].map(([topic, from]) => ({
      topic,
      pages: this.#guarded(topic, pastPages({ rest, market, topic, since: from, until, signal })),
    }));
    for await (const event of mergePast(past)) {
      if (signal.aborted) return;
      this.#feeds.take(event, Date.now());
    }
  }

  /** Connects, and subscribes to the topics. */
  connect(): void {
    const { market, endpoints } = this.#options;
    this.#sockets = new MarketSockets({
      market,
      endpoints,
      onFrame: ({ text }) => this.#frame(text),
      onEvent: (event) => this.#event(event),
    });
    const { rest, notice, signal } = this.#options;
    void watchClock({ rest, notice, signal });
    this.#timer = setInterval(() => this.#feeds.tick(Date.now()), TICK_MS);
    this.#subscribe();
  }

  /** From now on these topics: others are left, new ones begin with what comes, the rest does not notice. */
  want(topics: readonly string[]): void {
    for (const topic of this.#feeds.topics) if (!topics.includes(topic)) this.#feeds.drop(topic);
    for (const topic of topics) if (!this.#feeds.topics.includes(topic)) this.#feeds.add(topic, undefined);
    if (this.#sockets !== undefined) this.#subscribe();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sockets?.close();
  }

  #subscribe(): void {
    const streams = new Map<string, ExchangeStream>();
    const topics = new Map<string, string[]>();
    for (const topic of this.#feeds.topics) {
      const stream = streamOf(this.#options.market, topic);
      if (stream === undefined) continue;
      streams.set(stream.name, stream);
      topics.set(stream.name, [...(topics.get(stream.name) ?? []), topic]);
    }
    this.#topicsByStream = topics;
    this.#sockets?.set([...streams.values()]);
  }

  #frame(text: string | Buffer): void {
    const frame = decodeFrame(text, this.#options.market);
    switch (frame.type) {
      case 'event': {
        const now = Date.now();
        this.#marks.live(frame.event);
        if (this.#feeds.take(frame.event, now)) this.counts.taken += 1;
        else this.counts.unwanted += 1;
        return;
      }
      case 'malformed':
        this.counts.malformed += 1;
        this.#options.notice('frameMalformed', frame.problem);
        return;
      default:
        this.counts.unwanted += 1;
    }
  }

  #event(event: SocketEvent): void {
    if (isNotable(event)) this.#options.notice(event.type, socketEventText(event));
    const topicsOf = (stream: string) => this.#topicsByStream.get(stream) ?? [];
    if (event.type === 'lost' || event.type === 'opened') {
      this.#feeds.interrupted(event.streams.flatMap(topicsOf), Date.now());
    }
    for (const status of statusesOf(event, topicsOf)) this.#options.status(status);
  }

  #status(status: StreamStatus): void {
    // What becomes of the gap is told.
    if (status.kind !== 'gap' || status.state !== 'filling') this.#options.notice(status.kind, statusText(status));
    this.#options.status(status);
  }

  /** What cannot be had here is a gap when the first live event comes, and is told then with its exact ids. */
  async *#guarded<T>(topic: string, pages: AsyncIterable<T>): AsyncIterator<T> {
    try {
      yield* pages;
    } catch (error) {
      this.#options.notice('catchUpFailed', `${topic}: ${messageOf(error)}`);
    }
  }
}
