import { Component } from '../../sdk/typescript/src/index.ts';

/** A component on the TypeScript SDK that reads price and quantity of each row: their turnover is what it says in the end. */
const [symbols = '', expected = '0'] = process.argv.slice(2);
const component = new Component({ streams: ['aggTrades'], symbols: symbols.split(',') });
// Whoever started it is gone.
process.stdin.on('end', () => process.exit(1)).resume();
let rows = 0;
let turnover = 0;

await component.run(async () => {
  for await (const batch of component.batches()) {
    for (const { data } of batch) turnover += data.price * data.quantity;
    rows += batch.length;
    if (rows === Number(expected)) say();
  }
});

function say(): void {
  const done = { event: 'done', at: Number(process.hrtime.bigint()) / 1e6, rows, sum: turnover };
  process.stdout.write(`${JSON.stringify(done)}\n`);
}
