/** Counts aggTrades and sums their quantity and turnover: row by row, or from columns. */
import { parseArgs } from 'node:util';
import { Component } from '../../sdk/typescript/src/index.ts';

const { values: options } = parseArgs({
  options: {
    mode: { type: 'string', default: 'rows' },
    symbols: { type: 'string', default: 'BTCUSDT,ETHUSDT' },
  },
});

const MODES: Readonly<Record<string, () => Promise<void>>> = { count, rows, batches, arrow };
const component = new Component({ streams: ['aggTrades'], symbols: options.symbols.split(',') });
const totals = { rows: 0, quantity: 0, turnover: 0 };

async function count(): Promise<void> {
  for await (const batch of component.batches()) totals.rows += batch.length;
}

async function rows(): Promise<void> {
  for await (const row of component.rows()) {
    totals.rows += 1;
    totals.quantity += row.data.quantity;
    totals.turnover += row.data.price * row.data.quantity;
  }
}

async function batches(): Promise<void> {
  for await (const batch of component.batches()) {
    for (const row of batch) {
      totals.quantity += row.data.quantity;
      totals.turnover += row.data.price * row.data.quantity;
    }
    totals.rows += batch.length;
  }
}

async function arrow(): Promise<void> {
  for await (const batch of component.batches({ format: 'arrow' })) {
    const prices = batch.float64('price');
    const quantities = batch.float64('quantity');
    for (let row = 0; row < batch.length; row += 1) {
      totals.quantity += quantities[row] ?? 0;
      totals.turnover += (prices[row] ?? 0) * (quantities[row] ?? 0);
    }
    totals.rows += batch.length;
  }
}

await component.run(async () => {
  await (MODES[options.mode] ?? rows)();
  component.log.info('done', totals);
});
