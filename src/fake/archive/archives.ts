import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';
import { type ArchiveRef, parseVisionPath, visionPath } from '../../market/binance/archive/archive-ref.ts';
import { parsePeriod } from '../../market/binance/archive/period.ts';
import { DAY_MS, type Market } from '../../model/market.ts';
import type { MarketClock } from '../clock.ts';
import type { FakeSymbol } from '../fake-symbol.ts';
import type { ArchiveTask } from './archive-task.ts';
import type { ArchiveReport } from './archive-worker.ts';

/** Run from source the entry is a `.ts` file, in the built package a `.js` file. */
const ENTRY = new URL(`./archive-worker${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url);
const TYPES: readonly string[] = ['trades', 'aggTrades', 'klines'];
/** A day with more trades makes no archive: its text would not fit into one string. */
const MOST_TRADES = 6_000_000;

export interface ArchivesOptions {
  readonly market: Market;
  readonly symbols: ReadonlyMap<string, FakeSymbol>;
  readonly clock: MarketClock;
  /** Trades per second. */
  readonly rate: number;
}

/** Daily archives of an invented market under the paths of Binance Vision, made when somebody asks. */
export class Archives {
  readonly #options: ArchivesOptions;
  readonly #made = new Map<string, Promise<string>>();
  #dir: Promise<string> | undefined;

  constructor(options: ArchivesOptions) {
    this.#options = options;
  }

  handles(pathname: string): boolean {
    return pathname.startsWith('/data/');
  }

  /** Answers 404 for a day that is not over, or was before the listing; 507 for one with too many trades. */
  async handle(pathname: string, response: ServerResponse): Promise<void> {
    const name = decodeURIComponent(pathname).slice(1);
    const zip = name.replace(/\.CHECKSUM$/, '');
    const ref = parseVisionPath(zip);
    const task = ref === undefined || visionPath(ref) !== zip ? undefined : this.#task(ref);
    if (task === undefined) {
      response.writeHead(404).end();
    } else if (DAY_MS * this.#options.rate > MOST_TRADES * 1_000) {
      response.writeHead(507).end('the rate is too high for archives: a day may have 6,000,000 trades');
    } else {
      await pipeline(createReadStream(path.join(await this.#make(zip, task), name)), response);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#made.values());
    if (this.#dir !== undefined) await rm(await this.#dir, { recursive: true, force: true });
  }

  #task(ref: ArchiveRef): Omit<ArchiveTask, 'dir'> | undefined {
    const { market, symbols, clock } = this.#options;
    const symbol = symbols.get(ref.symbol);
    if (symbol?.invented === undefined || ref.market !== market || !TYPES.includes(ref.type)) return undefined;
    if (ref.period.length !== 10) return undefined;
    const { start, end } = parsePeriod(ref.period);
    if (start < symbol.listed || end > clock.now()) return undefined;
    const { lost, spent } = symbol.trades;
    return { ref, market: symbol.invented, lost, spent: [...spent] };
  }

  /** The folder, when the archive is in it. */
  #make(zip: string, task: Omit<ArchiveTask, 'dir'>): Promise<string> {
    const made = this.#made.get(zip) ?? this.#write(task);
    this.#made.set(zip, made);
    made.catch(() => this.#made.delete(zip));
    return made;
  }

  /** In a thread: live frames are not to wait. */
  async #write(task: Omit<ArchiveTask, 'dir'>): Promise<string> {
    this.#dir ??= mkdtemp(path.join(os.tmpdir(), 'aegis-exchange-'));
    const dir = await this.#dir;
    const workerData: ArchiveTask = { ...task, dir };
    const worker = new Worker(ENTRY, { workerData });
    try {
      const [problem]: ArchiveReport[] = await once(worker, 'message');
      if (problem !== undefined) throw new Error(problem);
      return dir;
    } finally {
      await worker.terminate();
    }
  }
}
