import { appendFileSync, existsSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Batch, Component } from '../../../sdk/typescript/src/index.ts';

/** Stores its output and its position in one step, and goes on from there: each row exactly once. The same as once.py. */
const { values: options } = parseArgs({
  options: {
    symbols: { type: 'string', default: '' },
    streams: { type: 'string', default: '' },
    out: { type: 'string', default: '' },
    /** Seconds of work for a thousand rows. */
    rest: { type: 'string', default: '0' },
    /** Leaves the position to Aegis. */
    forget: { type: 'boolean', default: false },
  },
});
const POSITION = `${options.out}.position`;

function tell(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

class Once extends Component<'trades' | 'aggTrades'> {
  override onConfigure(): void {
    tell({ pid: process.pid });
    if (options.forget) {
      appendFileSync(options.out, '');
      // A write that was killed may have ended inside a line.
      truncateSync(options.out, readFileSync(options.out).lastIndexOf('\n') + 1);
      return;
    }
    if (!existsSync(POSITION)) {
      writeFileSync(options.out, '');
      return;
    }
    const { run, seq, size } = JSON.parse(readFileSync(POSITION, 'utf8'));
    // What a killed process has written and not counted.
    truncateSync(options.out, size);
    this.resumeFrom(run, seq);
  }

  override async onRows({
    lines,
    length: count,
    run,
    nextSeq,
    replayed,
  }: Batch<'trades' | 'aggTrades'>): Promise<void> {
    await delay(Number(options.rest) * count);
    appendFileSync(options.out, lines);
    const { size } = statSync(options.out);
    writeFileSync(`${options.out}.next`, JSON.stringify({ run, seq: nextSeq, size }));
    renameSync(`${options.out}.next`, POSITION);
    tell({ run, rows: nextSeq, count, replayed });
  }
}

await new Once({ streams: ['trades', 'aggTrades'], symbols: options.symbols.split(',') }).run();
