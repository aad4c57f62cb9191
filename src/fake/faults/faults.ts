import type { MarketClock } from '../clock.ts';
import type { FakeSymbol } from '../fake-symbol.ts';
import type { LostIds } from '../market/altered-market.ts';
import type { SocketServer } from '../socket/socket-server.ts';
import type { FrameFaults } from './frame-faults.ts';
import {
  type CompleteMisbehaviour,
  isFrameMisbehaviour,
  type Misbehaviour,
  misbehaviourSchema,
} from './misbehaviour.ts';
import type { RestFaults } from './rest-faults.ts';

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

export interface FaultsOptions {
  readonly frames: FrameFaults;
  readonly rest: RestFaults;
  readonly sockets: SocketServer;
  readonly clock: MarketClock;
  readonly symbols: ReadonlyMap<string, FakeSymbol>;
  /** The whole server goes away for so long, ms. */
  readonly leave: (forMs: number) => void;
}

type Done = Omit<Misbehaved, 'id'>;

/** Brings each misbehaviour to the part that is to do it. */
export class Faults {
  readonly #options: FaultsOptions;
  #count = 0;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  /** Throws ZodError for what is no misbehaviour, RangeError for a symbol that is not there or cannot do it. */
  begin(misbehaviour: Misbehaviour): Misbehaved {
    const fault = misbehaviourSchema.parse(misbehaviour);
    this.#count++;
    return { id: this.#count, ...this.#begin(this.#count, fault) };
  }

  /** Ends one misbehaviour, or all. */
  heal(id?: number): void {
    const { frames, rest, sockets, clock } = this.#options;
    frames.heal(id);
    rest.heal(id);
    if (id !== undefined) return;
    sockets.heal();
    clock.skewMs = 0;
  }

  #begin(id: number, fault: CompleteMisbehaviour): Done {
    const { frames, rest, sockets, clock, leave } = this.#options;
    if (isFrameMisbehaviour(fault)) {
      frames.add(id, fault);
      return {};
    }
    switch (fault.kind) {
      case 'restError':
      case 'slowRest':
        rest.add(id, fault);
        return {};
      case 'skew':
        clock.skewMs = fault.ms;
        return {};
      case 'refuse':
        sockets.refuse(fault.forMs);
        return {};
      case 'away':
        leave(fault.forMs);
        return {};
      case 'lostIds':
        return this.#lose(fault.symbol, fault.count);
      case 'spentIds':
        return this.#spend(fault.symbol, fault.count);
      default:
        return { connections: sockets.misbehave(fault) };
    }
  }

  #lose(name: string, count: number): Done {
    const symbol = this.#symbol(name);
    const lost = symbol.trades.lose(this.#unseen(symbol), count);
    return lost === undefined ? {} : { lost };
  }

  #spend(name: string, count: number): Done {
    const symbol = this.#symbol(name);
    if (symbol.trades.market === 'spot') throw new RangeError('ids are spent on no trade on futures only');
    return { spent: symbol.trades.spend(this.#unseen(symbol), count) };
  }

  /** The first aggregate that neither a socket nor REST can have shown. */
  #unseen({ nextAggId, trades }: FakeSymbol): number {
    return Math.max(nextAggId, trades.aggIdAt(this.#options.clock.nowUs() + 1));
  }

  #symbol(name: string): FakeSymbol {
    const symbol = this.#options.symbols.get(name);
    if (symbol === undefined) throw new RangeError(`there is no symbol ${name}`);
    return symbol;
  }
}
