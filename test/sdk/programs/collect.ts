import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type Batch,
  Component,
  type Config,
  type Recovery,
  type Row,
  type Stream,
} from '../../../sdk/typescript/src/index.ts';

/** A component on the TypeScript SDK in every style; what it gets goes to a file. The same as collect.py. */
const { values: options } = parseArgs({
  options: {
    style: { type: 'string', default: 'callback' },
    out: { type: 'string', default: '' },
    symbols: { type: 'string', default: '' },
    streams: { type: 'string', default: '' },
    timeframes: { type: 'string', default: '' },
    /** Seconds of work for each batch. */
    rest: { type: 'string', default: '0' },
    /** Seconds for which onStart keeps the thread busy. */
    block: { type: 'string', default: '0' },
    /** The hook that fails. */
    fail: { type: 'string', default: '' },
    recovery: { type: 'string', default: 'resume' },
  },
});

const STREAMS: readonly Stream[] = ['trades', 'aggTrades', 'klines', 'bookDepth', 'metrics'];
const names = (text: string): string[] => text.split(',').filter((name) => name !== '');
const recovery: Recovery = options.recovery === 'replay' ? 'replay' : 'resume';
const declared = {
  recovery,
  streams: names(options.streams).flatMap((name) => STREAMS.filter((stream) => stream === name)),
  symbols: names(options.symbols),
  timeframes: names(options.timeframes),
  streamHash: true,
};

function busy(seconds: number): void {
  for (const until = performance.now() + seconds * 1000; performance.now() < until; );
}

function fail(hook: string): void {
  if (options.fail === hook) throw new Error(`${hook} has failed on purpose`);
}

class Collector extends Component {
  readonly #seen = { rows: 0, config: {}, reborn: 0, hashes: [] as string[] };

  override onConfigure(config: Config): void {
    this.#seen.config = config;
    fail('configure');
  }

  override onStart(): void {
    busy(Number(options.block));
  }

  override onRows(batch: Batch): void | Promise<void> {
    this.take(batch);
  }

  override onReborn(): void {
    this.#seen.reborn += 1;
    this.#endRun();
  }

  override onStop(): void {
    this.#endRun();
    process.stdout.write(`${JSON.stringify(this.#seen)}\n`);
  }

  take(batch: Batch): void {
    busy(Number(options.rest));
    appendFileSync(options.out, batch.lines);
    this.#seen.rows += batch.length;
    fail('rows');
  }

  takeRow({ topic, ts, data }: Row): void {
    appendFileSync(options.out, `${JSON.stringify({ topic: topic.full, ts, data })}\n`);
    this.#seen.rows += 1;
  }

  #endRun(): void {
    this.#seen.hashes.push(this.streamHash());
  }
}

class RowCollector extends Collector {
  override onRows(batch: Batch): void | Promise<void> {
    return Component.prototype.onRows.call(this, batch);
  }

  override async onRow(row: Row): Promise<void> {
    this.takeRow(row);
  }
}

const STYLES: Readonly<Record<string, () => Promise<void>>> = {
  callback: () => new Collector(declared).run(),
  'callback-row': () => new RowCollector(declared).run(),
  rows: () => {
    const component = new Collector(declared);
    return component.run(async () => {
      for await (const row of component.rows()) component.takeRow(row);
    });
  },
  batches: async () => {
    const component = new Collector(declared);
    for await (const batch of component.batches()) component.take(batch);
  },
};

await STYLES[options.style]?.();
