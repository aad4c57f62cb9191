import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Batch, Component } from '../../../sdk/typescript/src/index.ts';

/** Keeps its state in memory alone, and rebuilds it by a replay of its own input. The same as rebuild.py. */
const { values: options } = parseArgs({
  options: {
    symbols: { type: 'string', default: '' },
    streams: { type: 'string', default: '' },
    /** Rows of a run. */
    rows: { type: 'string', default: '0' },
    /** Seconds of work for each batch. */
    rest: { type: 'string', default: '0' },
    /** The last rows are not done while this file exists. */
    stall: { type: 'string', default: '' },
  },
});

function tell(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

class Rebuild extends Component<'trades' | 'aggTrades'> {
  #lines = createHash('sha256');
  #count = 0;
  #running = 0;

  override onConfigure(): void {
    tell({ pid: process.pid });
  }

  override onReborn(): void {
    this.#lines = createHash('sha256');
    this.#count = 0;
    this.#running = 0;
  }

  override async onRows(batch: Batch<'trades' | 'aggTrades'>): Promise<void> {
    await delay(Number(options.rest) * 1000);
    this.#lines.update(batch.lines);
    this.#count += batch.length;
    for (const { ts, seq } of batch) this.#running = (this.#running * 31 + ts + seq) % 1_000_000_007;
    const { run, replayed } = batch;
    tell({ rows: this.#count, run, replayed });
    if (this.#count !== Number(options.rows)) return;
    while (existsSync(options.stall)) await delay(10);
    tell({ run, state: `${this.#lines.copy().digest('hex')} ${this.#count} ${this.#running}` });
  }

  override onCaughtUp(): void {
    tell({ caughtUp: this.#count });
  }
}

await new Rebuild({ streams: ['trades', 'aggTrades'], symbols: options.symbols.split(','), recovery: 'replay' }).run();
