import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Batch, Component, type Config } from '../../../sdk/typescript/src/index.ts';

/** Takes configurations while it runs; what happens goes to a file, one line each. The same as tune.py. */
const { values: options } = parseArgs({
  options: {
    style: { type: 'string', default: 'callback' },
    out: { type: 'string', default: '' },
    symbols: { type: 'string', default: '' },
    streams: { type: 'string', default: '' },
    /** Seconds of work for each batch. */
    rest: { type: 'string', default: '0' },
  },
});
const streams = options.streams === 'trades' ? (['trades'] as const) : [];
const declared = { streams, symbols: options.symbols.split(',') };

function tell(what: string, more: object): void {
  appendFileSync(options.out, `${JSON.stringify({ what, ...more })}\n`);
}

async function reconfigure(component: Component<'trades'>, config: Config): Promise<void> {
  tell('reconfigure', { config, before: component.config });
  await delay(Number(config.seconds ?? 0) * 1000);
  if (Number(config.size) > 10) throw new RangeError('size: at most 10');
}

async function take(component: Component<'trades'>, batch: Batch<'trades'>): Promise<void> {
  // In two lines: what came between them would be seen.
  tell('begin', { rows: batch.length });
  await delay(Number(options.rest) * 1000);
  tell('rows', { rows: batch.length, seq: batch.seq, config: component.config });
}

class Deaf extends Component<'trades'> {
  override onConfigure(config: Config): void {
    tell('configure', { config, before: this.config });
  }

  override onRows(batch: Batch<'trades'>): Promise<void> {
    return take(this, batch);
  }
}

class Tuned extends Deaf {
  override onReconfigure(config: Config): Promise<void> {
    return reconfigure(this, config);
  }
}

const STYLES: Readonly<Record<string, () => Promise<void>>> = {
  callback: () => new Tuned(declared).run(),
  batches: () => {
    const component = new Deaf(declared);
    component.onReconfigure = (config) => reconfigure(component, config);
    return component.run(async () => {
      for await (const batch of component.batches()) await take(component, batch);
    });
  },
  deaf: () => new Deaf(declared).run(),
};

await STYLES[options.style]?.();
