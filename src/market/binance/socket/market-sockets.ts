import type { Market } from '../../../model/market.ts';
import type { Endpoints } from '../endpoints.ts';
import { type PackedConnection, pack, packingChanges } from '../stream/packing.ts';
import type { ExchangeStream } from '../stream/stream-name.ts';
import type { Connection } from './connection.ts';
import type { SocketFrame } from './held-frames.ts';
import type { LineContext } from './line-context.ts';
import { type Patience, patienceOf } from './patience.ts';
import { RateWindow } from './rate-window.ts';
import { SilenceWatch } from './silence.ts';
import type { SilenceRemedy, SocketEvent } from './socket-event.ts';
import { type SocketLimits, type SocketTimings, socketLimits, socketTimings } from './socket-settings.ts';
import { type ConnectionStatus, connectionStatus } from './socket-status.ts';
import { StreamLine } from './stream-line.ts';
import { streamUrl } from './stream-url.ts';

export interface MarketSocketsOptions {
  readonly market: Market;
  readonly endpoints: Endpoints;
  /**
   * Every frame that came, replies included. While a connection is replaced frames come twice, in order within each
   * connection; their ids tell. Must not throw.
   */
  readonly onFrame: (frame: SocketFrame) => void;
  readonly onEvent: (event: SocketEvent) => void;
  /** With `attempts` among them these connections get a budget of their own; default is one for all of this process. */
  readonly limits?: Partial<SocketLimits>;
  readonly timings?: Partial<SocketTimings>;
  /** How long a stream may say nothing; default by its kind. */
  readonly patience?: (stream: string) => Patience | undefined;
  /** From 0 to below 1; default Math.random. */
  readonly random?: () => number;
}

export interface SocketsStatus {
  readonly streams: number;
  /** Subscribed, and nothing comes. */
  readonly silent: readonly string[];
  /** Attempts to connect within the last 5 minutes, of this process. */
  readonly attempts: number;
  readonly connections: readonly ConnectionStatus[];
}

/** The exchange counts attempts by IP, not by market or session. */
const PROCESS_BUDGET = attemptBudget(socketLimits('spot'));

/** The connections of one market of a session: keeps the streams it was told of coming, over as many as they need. */
export class MarketSockets {
  readonly #watch: SilenceWatch;
  readonly #context: LineContext;
  /** By the id that their packing gave them. */
  readonly #lines = new Map<number, StreamLine>();
  readonly #retiring = new Set<Promise<void>>();
  #packing: readonly PackedConnection[] = [];
  #lastNumber = 0;
  #lastTick = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MarketSocketsOptions) {
    const { market, endpoints, onFrame, onEvent, random = Math.random, patience = patienceOf } = options;
    const limits = socketLimits(market, options.limits);
    this.#watch = new SilenceWatch(patience);
    this.#context = {
      limits,
      timings: socketTimings(market, options.timings),
      budget: options.limits?.attempts === undefined ? PROCESS_BUDGET : attemptBudget(limits),
      watch: this.#watch,
      random,
      nextNumber: () => {
        this.#lastNumber += 1;
        return this.#lastNumber;
      },
      url: (path, streams) => streamUrl({ market, endpoints, ...limits }, path, streams),
      onFrame,
      onEvent,
      retire: (connection) => this.#retire(connection),
    };
  }

  /** From now on these streams and no others. Those that stay are not touched. */
  set(streams: readonly ExchangeStream[]): void {
    const now = performance.now();
    const packing = pack(this.#packing, streams, this.#context.limits);
    const { open, close, change } = packingChanges(this.#packing, packing);
    this.#packing = packing;
    for (const { id } of close) {
      this.#lines.get(id)?.close();
      this.#lines.delete(id);
    }
    for (const { id, unsubscribe } of change) this.#lines.get(id)?.drop(unsubscribe);
    for (const { id, path } of open) this.#lines.set(id, new StreamLine(path, this.#context));
    const added = [...change, ...open.map(({ id, streams: subscribe }) => ({ id, subscribe }))];
    for (const { id, subscribe } of added) this.#lines.get(id)?.add(subscribe, now);
    if (this.#timer === undefined && this.#lines.size > 0) this.#start(now);
    for (const line of this.#lines.values()) line.tick(now);
  }

  /** Ends all connections; resolves when they are gone. It can be used again. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
    this.#packing = [];
    await Promise.all(this.#retiring);
  }

  get status(): SocketsStatus {
    const now = performance.now();
    return {
      streams: this.#packing.reduce((sum, { streams }) => sum + streams.length, 0),
      silent: this.#watch.silent,
      attempts: this.#context.budget.used(now),
      connections: [...this.#lines.values()].map((line) => connectionStatus(line, now)),
    };
  }

  #start(now: number): void {
    this.#lastTick = now;
    this.#timer = setInterval(() => this.#tick(), this.#context.timings.tickMs);
  }

  #tick(): void {
    const now = performance.now();
    const late = now - this.#lastTick > this.#context.timings.tickMs * 5 + 1_000;
    this.#lastTick = now;
    // This process stood still: what came meanwhile has to be read before anything is called silent.
    if (late) return;
    for (const line of this.#lines.values()) line.tick(now);
    this.#checkSilence(now);
  }

  #checkSilence(now: number): void {
    const news = this.#watch.check(now);
    if (news.length === 0) return;
    for (const each of news) this.#context.onEvent({ type: 'silent', ...each });
    const streams = (remedy: SilenceRemedy) =>
      news.filter((each) => each.remedy === remedy).map(({ stream }) => stream);
    const again = streams('resubscribe');
    const replace = streams('reconnect');
    for (const line of this.#lines.values()) {
      line.resubscribe(again.filter((stream) => line.streams.has(stream)));
      line.replaceForSilence(
        replace.filter((stream) => line.streams.has(stream)),
        now,
      );
    }
  }

  #retire(connection: Connection): void {
    const gone = connection.close().then(() => {
      this.#retiring.delete(gone);
    });
    this.#retiring.add(gone);
  }
}

function attemptBudget({ attempts, attemptsWindowMs }: SocketLimits): RateWindow {
  return new RateWindow({ limit: attempts, windowMs: attemptsWindowMs });
}
