import { writeFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { messageOfFrame, STREAM_NAMES } from './market.ts';
import { Arrivals } from './stamps.ts';

/** A process: a plain WebSocket client that reads the frames themselves, the least that anybody needs to get them. */
const [url = '', messages = '0', path = ''] = process.argv.slice(2);
const arrivals = new Arrivals();
const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/stream?streams=${STREAM_NAMES.join('/')}`, {
  perMessageDeflate: false,
});
let frames = 0;
socket.on('open', () => process.send?.('ready'));
socket.on('message', (data) => {
  if (!Buffer.isBuffer(data)) return;
  arrivals.add(data);
  frames += 1;
  if (frames === Number(messages)) finish();
});
process.on('disconnect', () => process.exit(0));

function finish(): void {
  const times = new Float64Array(Number(messages));
  for (const { chunk, at } of arrivals.all) times[messageOfFrame(chunk.toString())] = at;
  writeFileSync(path, times);
  process.send?.('done');
}
