import type { Market } from '../model/market.ts';
import { Archives } from './archive/archives.ts';
import type { MarketClock } from './clock.ts';
import { LIMITS } from './dialect.ts';
import { Faults, type Misbehaved } from './faults/faults.ts';
import { FrameFaults } from './faults/frame-faults.ts';
import type { Misbehaviour } from './faults/misbehaviour.ts';
import { RestFaults } from './faults/rest-faults.ts';
import { HttpSide } from './http-side.ts';
import { type OpenMarket, openMarket } from './open-market.ts';
import { DEFAULTS, type FakeExchangeOptions } from './options.ts';
import { RestServer } from './rest/rest-server.ts';
import { SocketServer } from './socket/socket-server.ts';
import { Subscriptions } from './socket/subscriptions.ts';
import type { FakeStats } from './stats.ts';
import { Ticker } from './ticker.ts';
import { Truth } from './truth.ts';

interface Parts {
  readonly options: FakeExchangeOptions;
  readonly market: Market;
  readonly frameFaults: FrameFaults;
  readonly subscriptions: Subscriptions;
  readonly opened: OpenMarket;
}

/**
 * A server that speaks the exchange's dialect over HTTP and WebSocket on one port: one market, invented or recorded. It
 * does wrong what it is told to do wrong, and tells what really happened.
 */
export class FakeExchange {
  readonly market: Market;
  readonly symbols: readonly string[];
  readonly truth: Truth;
  readonly clock: MarketClock;
  readonly #frameFaults: FrameFaults;
  readonly #subscriptions: Subscriptions;
  readonly #sockets: SocketServer;
  readonly #rest: RestServer;
  readonly #archives: Archives;
  readonly #http: HttpSide;
  readonly #faults: Faults;
  readonly #ticker: Ticker;

  /** Throws RangeError for options that contradict each other, and what `listen` throws. */
  static async start(options: FakeExchangeOptions = {}): Promise<FakeExchange> {
    const market = options.market ?? 'spot';
    const frameFaults = new FrameFaults();
    const subscriptions = new Subscriptions(frameFaults);
    const opened = await openMarket({ ...options, market }, subscriptions);
    const exchange = new FakeExchange({ options, market, frameFaults, subscriptions, opened });
    try {
      await exchange.#http.listen();
    } catch (error) {
      exchange.#ticker.stop();
      throw error;
    }
    return exchange;
  }

  private constructor({ options, market, frameFaults, subscriptions, opened }: Parts) {
    const limits = { ...LIMITS[market], ...options.limits };
    const onEvent = options.onEvent ?? ((): void => {});
    this.market = market;
    this.#frameFaults = frameFaults;
    this.#subscriptions = subscriptions;
    this.clock = opened.clock;
    this.symbols = [...opened.symbols.keys()];
    const shared = { market, symbols: opened.symbols, clock: opened.clock };
    const restFaults = new RestFaults();
    this.truth = new Truth(shared);
    this.#sockets = new SocketServer({ market, limits, subscriptions: this.#subscriptions, onEvent });
    this.#rest = new RestServer({ ...shared, limits, faults: restFaults });
    this.#archives = new Archives({ ...shared, rate: options.rate ?? DEFAULTS.rate });
    this.#http = new HttpSide({
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      onEvent,
      rest: this.#rest,
      archives: this.#archives,
      sockets: this.#sockets,
      exchange: this,
    });
    this.#faults = new Faults({
      ...shared,
      frames: frameFaults,
      rest: restFaults,
      sockets: this.#sockets,
      leave: (forMs) => this.#http.leave(forMs),
    });
    if (options.paused !== true) {
      if (options.frames === undefined) this.play();
      else this.#subscriptions.onFirst = () => this.play();
    }
    this.#ticker = new Ticker(opened.feeds, () => this.#subscriptions.flush());
  }

  /** `http://127.0.0.1:4711`: what `--endpoint` takes. */
  get url(): string {
    return this.#http.url;
  }

  get stats(): FakeStats {
    const connections = this.#sockets.connections.map(({ id, url, opened, streams, ended, sent }) => ({
      id,
      url,
      opened,
      streams: [...streams],
      ...(ended === undefined ? {} : { ended }),
      sent: Object.fromEntries([...sent].map(([stream, count]) => [stream, { ...count }])),
    }));
    return {
      connected: this.#sockets.count,
      connections,
      frames: Object.fromEntries(this.#subscriptions.published),
      requests: Object.fromEntries(this.#rest.requests),
      faults: [...this.#frameFaults.records],
      longestPauseMs: this.#ticker.longestPause,
    };
  }

  /** Lets market time run, if it stands: see the option `paused`. */
  play(): void {
    this.clock.play();
  }

  /** Does something wrong from now on. Throws ZodError for what is no misbehaviour, RangeError for a symbol it lacks. */
  misbehave(misbehaviour: Misbehaviour): Misbehaved {
    return this.#faults.begin(misbehaviour);
  }

  /** Ends one misbehaviour, or all. What exists nowhere stays lost. */
  heal(id?: number): void {
    this.#faults.heal(id);
  }

  async close(): Promise<void> {
    this.#ticker.stop();
    this.#sockets.cutAll('the exchange is closed');
    await this.#http.close();
    await this.#archives.close();
  }
}
