import type { Market } from '../model/market.ts';
import { Archives } from './archive/archives.ts';
import type { MarketClock } from './clock.ts';
import { LIMITS } from './dialect.ts';
import type { FakeSymbol } from './fake-symbol.ts';
import { FrameFaults } from './faults/frame-faults.ts';
import {
  type CompleteMisbehaviour,
  isFrameMisbehaviour,
  type Misbehaviour,
  misbehaviourSchema,
} from './faults/misbehaviour.ts';
import { RestFaults } from './faults/rest-faults.ts';
import { HttpSide } from './http-side.ts';
import type { LostIds } from './market/altered-market.ts';
import { type OpenMarket, openMarket } from './open-market.ts';
import { DEFAULTS, type FakeExchangeOptions } from './options.ts';
import { RestServer } from './rest/rest-server.ts';
import { SocketServer } from './socket/socket-server.ts';
import { Subscriptions } from './socket/subscriptions.ts';
import type { FakeStats } from './stats.ts';
import { Ticker } from './ticker.ts';
import { Truth } from './truth.ts';

/** What a misbehaviour was done to. */
export interface Misbehaved {
  /** For `heal`. */
  readonly id: number;
  /** Connections that were open and concerned. */
  readonly connections?: readonly number[];
  /** Ids that exist nowhere. */
  readonly lost?: LostIds;
  /** Trade ids that are spent on no trade. */
  readonly spent?: readonly number[];
}

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
  readonly #symbols: ReadonlyMap<string, FakeSymbol>;
  readonly #frameFaults: FrameFaults;
  readonly #restFaults = new RestFaults();
  readonly #subscriptions: Subscriptions;
  readonly #sockets: SocketServer;
  readonly #rest: RestServer;
  readonly #archives: Archives;
  readonly #http: HttpSide;
  readonly #ticker: Ticker;
  #faults = 0;

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
    this.#symbols = opened.symbols;
    this.symbols = [...opened.symbols.keys()];
    const shared = { market, symbols: opened.symbols, clock: opened.clock };
    this.truth = new Truth(shared);
    this.#sockets = new SocketServer({ market, limits, subscriptions: this.#subscriptions, onEvent });
    this.#rest = new RestServer({ ...shared, limits, faults: this.#restFaults });
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
    this.#faults++;
    const id = this.#faults;
    return { id, ...this.#begin(id, misbehaviourSchema.parse(misbehaviour)) };
  }

  /** Ends one misbehaviour, or all. What exists nowhere stays lost. */
  heal(id?: number): void {
    this.#frameFaults.heal(id);
    this.#restFaults.heal(id);
    if (id !== undefined) return;
    this.#sockets.heal();
    this.clock.skewMs = 0;
  }

  async close(): Promise<void> {
    this.#ticker.stop();
    this.#sockets.cutAll('the exchange is closed');
    await this.#http.close();
    await this.#archives.close();
  }

  #begin(id: number, fault: CompleteMisbehaviour): Omit<Misbehaved, 'id'> {
    if (isFrameMisbehaviour(fault)) {
      this.#frameFaults.add(id, fault);
      return {};
    }
    switch (fault.kind) {
      case 'restError':
      case 'slowRest':
        this.#restFaults.add(id, fault);
        return {};
      case 'skew':
        this.clock.skewMs = fault.ms;
        return {};
      case 'refuse':
        this.#sockets.refuse(fault.forMs);
        return {};
      case 'away':
        this.#http.leave(fault.forMs);
        return {};
      case 'lostIds':
        return this.#lose(fault.symbol, fault.count);
      case 'spentIds':
        return this.#spend(fault.symbol, fault.count);
      default:
        return { connections: this.#sockets.misbehave(fault) };
    }
  }

  #lose(name: string, count: number): Omit<Misbehaved, 'id'> {
    const symbol = this.#symbol(name);
    const lost = symbol.trades.lose(symbol.nextAggId, count);
    return lost === undefined ? {} : { lost };
  }

  #spend(name: string, count: number): Omit<Misbehaved, 'id'> {
    if (this.market === 'spot') throw new RangeError('ids are spent on no trade on futures only');
    const symbol = this.#symbol(name);
    return { spent: symbol.trades.spend(symbol.nextAggId, count) };
  }

  #symbol(name: string): FakeSymbol {
    const symbol = this.#symbols.get(name);
    if (symbol === undefined) throw new RangeError(`there is no symbol ${name}`);
    return symbol;
  }
}
