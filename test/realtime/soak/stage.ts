import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionHandle } from '../../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../../support/aegis.ts';
import { until } from '../../support/until.ts';
import { ExchangeProcess } from './exchange-process.ts';
import { classOf, type Fault, hasKill, nameOf } from './fault.ts';
import { type MemoryResult, MemoryWatch } from './memory.ts';
import { attachReader, booksGoOn, hasPassed, type Reader, SYMBOLS } from './readers.ts';
import { type StrikeTargets, strike } from './strike.ts';
import { type Verified, verify } from './verify.ts';

export interface FaultResult {
  readonly number: number;
  readonly what: string;
  /** Row of the table of results. */
  readonly kind: string;
  /** From the end of the fault until what had happened by then, and {@link LATER_MS} later, was delivered. */
  readonly recoveryMs: number;
}

export interface SoakStageOptions {
  readonly seed: number;
  /** Messages of the exchange per second of the clock on the wall. */
  readonly messages: number;
  /** Market seconds per second. */
  readonly speed: number;
}

export interface SoakReport extends Verified {
  readonly memory: readonly MemoryResult[];
  /** s, of the clock on the wall and of the market. */
  readonly seconds: number;
  readonly marketSeconds: number;
  /** Messages of the exchange per second of the clock on the wall, on average. */
  readonly messagesPerSecond: number;
  /** Frames of the exchange were late by so much, ms. */
  readonly longestPauseMs: number;
  /** Rows of each component. */
  readonly rows: number;
  /** Events of the session, by kind. */
  readonly events: Readonly<Record<string, number>>;
}

/** Kills come in this part of the time; after that processes live long enough to see whether they grow. */
const KILLS_UNTIL = 0.6;
/** What was delivered before a kill proves nothing. */
const LATER_MS = 250;
const RECOVERY_LIMIT_MS = 120_000;
const BOOK_LIMIT_MS = 60_000;
const END_LIMIT_MS = 60_000;
/** Of each process: V8 lets a heap grow as long as the machine has room, so that garbage would look like a leak. MB */
const HEAP_MB = 192;
/** 8 trades are 5 aggregates. */
const MESSAGES_PER_TRADE = 13 / 8;
/** Books 10 times a second, open bars every 2 s. */
const OTHERS_PER_SYMBOL = 10.5;

/** A fake exchange, an aegisd with servers of its own, and one realtime session with two components. */
export class SoakStage {
  readonly aegis: TestAegis;
  readonly #exchange: ExchangeProcess;
  readonly #session: SessionHandle;
  readonly #readers: readonly [Reader, Reader];
  readonly #targets: StrikeTargets;

  static async open({ seed, messages, speed }: SoakStageOptions): Promise<SoakStage> {
    const rate = Math.round((messages / speed / SYMBOLS.length - OTHERS_PER_SYMBOL) / MESSAGES_PER_TRADE);
    const exchange = await ExchangeProcess.start({ seed, speed, rate, symbols: SYMBOLS });
    const aegis = await startBounded().catch(async (error: unknown) => {
      await exchange.close();
      throw error;
    });
    try {
      const session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url });
      const stallFile = join(aegis.home, 'stall');
      const plain = await attachReader(aegis, session, 'plain');
      const slow = await attachReader(aegis, session, 'slow', stallFile);
      await session.start();
      const readers = [await plain.open(), await slow.open()] as const;
      return new SoakStage(aegis, exchange, session, readers, { home: aegis.home, exchange, stallFile });
    } catch (error) {
      await aegis.close();
      await exchange.close();
      throw error;
    }
  }

  private constructor(
    aegis: TestAegis,
    exchange: ExchangeProcess,
    session: SessionHandle,
    readers: readonly [Reader, Reader],
    targets: StrikeTargets,
  ) {
    this.aegis = aegis;
    this.#exchange = exchange;
    this.#session = session;
    this.#readers = readers;
    this.#targets = targets;
  }

  async close(): Promise<void> {
    for (const { follower } of this.#readers) follower.close();
    await this.aegis.close();
    await this.#exchange.close();
  }

  /** Plays faults until the time is over, and checks everything. @throws Error when something does not recover */
  async run(faults: Iterable<Fault>, forMs: number, onResult: (result: FaultResult) => void): Promise<SoakReport> {
    await this.#whole('the session is whole before the first fault');
    const memory = new MemoryWatch(this.aegis.home);
    try {
      const before = await this.#exchange.state();
      const began = performance.now();
      const end = began + forMs;
      for (const fault of faults) {
        if (performance.now() + fault.pauseMs >= end) break;
        await delay(fault.pauseMs);
        if (hasKill(fault) && performance.now() > began + forMs * KILLS_UNTIL) continue;
        onResult(await this.#suffer(fault));
      }
      await delay(Math.max(0, end - performance.now()));
      const after = await this.#exchange.state();
      const seconds = (performance.now() - began) / 1_000;
      await this.#exchange.heal();
      await this.#whole('everything has come to both components');
      await this.#booksGoOn();
      const results = memory.stop();
      return {
        ...(await this.#end()),
        memory: results,
        seconds: Math.round(seconds),
        marketSeconds: Math.round((after.now - before.now) / 1_000),
        messagesPerSecond: Math.round((after.frames - before.frames) / seconds),
        longestPauseMs: Math.round(after.longestPauseMs),
      };
    } finally {
      memory.stop();
    }
  }

  async #suffer(fault: Fault): Promise<FaultResult> {
    const what = nameOf(fault);
    await strike(this.#targets, fault);
    const over = performance.now();
    await delay(LATER_MS);
    await this.#whole(what);
    return { number: fault.number, what, kind: classOf(fault), recoveryMs: performance.now() - over };
  }

  /** What has happened by now has come to both components. */
  async #whole(what: string): Promise<void> {
    const state = await this.#exchange.state();
    const look = () => this.#readers.every((reader) => hasPassed(reader, state));
    await until(what, look, RECOVERY_LIMIT_MS);
  }

  /** A book that breaks again and again is built again ever more seldom: it may take its 30 s. */
  async #booksGoOn(): Promise<void> {
    const since = this.#readers.map(({ follower }) => new Map(follower.last));
    const look = () => this.#readers.every((reader, index) => booksGoOn(reader, since[index] ?? new Map()));
    await until('every book goes on', look, BOOK_LIMIT_MS);
  }

  async #end(): Promise<Pick<SoakReport, keyof Verified | 'rows' | 'events'>> {
    await this.#session.stop();
    const session = await until(
      'the run is summed up',
      async () => {
        const state = await this.#session.state();
        return state.summary === undefined ? undefined : state;
      },
      END_LIMIT_MS,
    );
    await this.#session.shutdown();
    await this.#session.ended({ timeoutMs: END_LIMIT_MS });
    const verified = await verify({ exchange: this.#exchange, readers: this.#readers, session });
    const events = Map.groupBy(await this.#session.events(), ({ event }) => event);
    return {
      ...verified,
      rows: this.#readers[0].follower.rows,
      events: Object.fromEntries([...events].map(([event, all]) => [event, all.length])),
    };
  }
}

/** An aegisd whose processes collect their garbage early. */
async function startBounded(): Promise<TestAegis> {
  const { NODE_OPTIONS, GOGC } = process.env;
  process.env.NODE_OPTIONS = `--max-old-space-size=${HEAP_MB}`;
  process.env.GOGC = '100';
  try {
    return await startTestAegis({ servers: 'own' });
  } finally {
    restore({ NODE_OPTIONS, GOGC });
  }
}

function restore(before: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
