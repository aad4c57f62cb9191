import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { messageOfRow } from './market.ts';
import { Arrivals } from './stamps.ts';

/** A process: a component that notes when its socket had each row, and does nothing else as long as rows come. */
const [socketPath = '', sessionId = '', componentId = '', messages = '0', path = ''] = process.argv.slice(2);
const NEWLINE = 10;
const arrivals = new Arrivals();
let answered = false;
let rows = 0;

const socket = connect({ path: socketPath }, () => {
  socket.write(`${JSON.stringify({ component_id: componentId, session_token: sessionId })}\n`);
});
socket.on('data', (chunk: Buffer) => {
  // Rows follow the answer to the handshake after 100 ms.
  if (!answered) {
    answered = chunk.includes(NEWLINE);
    if (answered) process.send?.('ready');
    return;
  }
  arrivals.add(chunk);
  for (let place = chunk.indexOf(NEWLINE); place >= 0; place = chunk.indexOf(NEWLINE, place + 1)) rows += 1;
  if (rows === Number(messages)) finish();
});
process.on('disconnect', () => process.exit(0));

/** A row has arrived with its last byte. */
function finish(): void {
  const times = new Float64Array(Number(messages));
  let rest = '';
  for (const { chunk, at } of arrivals.all) {
    const lines = `${rest}${chunk.toString('latin1')}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) times[messageOfRow(line)] = at;
  }
  writeFileSync(path, times);
  process.send?.('done');
}
