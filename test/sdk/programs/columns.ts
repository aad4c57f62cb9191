import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ArrowBatch, Component, type Stream } from '../../../sdk/typescript/src/index.ts';

/** A component on the TypeScript SDK that takes columns, in every style; what it gets goes to a file. As columns.py. */
const { values: options } = parseArgs({
  options: {
    style: { type: 'string', default: 'hook' },
    out: { type: 'string', default: '' },
    symbols: { type: 'string', default: '' },
    streams: { type: 'string', default: '' },
    timeframes: { type: 'string', default: '' },
    /** Seconds of work for each batch. */
    rest: { type: 'string', default: '0' },
    recovery: { type: 'string', default: 'resume' },
  },
});

const STREAMS: readonly Stream[] = ['trades', 'aggTrades', 'klines'];
const declared = {
  recovery: options.recovery === 'replay' ? 'replay' : 'resume',
  streams: STREAMS.filter((stream) => options.streams.split(',').includes(stream)),
  symbols: options.symbols.split(','),
  timeframes: options.timeframes.split(',').filter((each) => each !== ''),
} as const;

function write(values: readonly unknown[]): void {
  appendFileSync(options.out, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

function rowsOf(batch: ArrowBatch): unknown[] {
  const topics = batch.recordBatch.getChild('topic');
  const quantities = batch.float64('quantity');
  return [...batch.int64('seq')].map((seq, row) => [
    Number(seq),
    topics?.get(row),
    quantities[row],
    batch.run,
    batch.replayed,
  ]);
}

async function take(batch: ArrowBatch): Promise<void> {
  await delay(1_000 * Number(options.rest));
  write(rowsOf(batch));
}

class Notes extends Component {
  override onCaughtUp(): void {
    write(['caught up']);
  }

  override onReborn(): void {
    write(['reborn']);
  }
}

class Columns extends Notes {
  override onArrow(batch: ArrowBatch): Promise<void> {
    return take(batch);
  }
}

const STYLES: Readonly<Record<string, () => Promise<void>>> = {
  hook: () => new Columns(declared).run(),
  iterate: () => {
    const component = new Notes(declared);
    return component.run(async () => {
      for await (const batch of component.batches({ format: 'arrow' })) await take(batch);
    });
  },
};

await STYLES[options.style]?.();
