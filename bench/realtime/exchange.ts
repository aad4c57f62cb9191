import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { frameOf } from './market.ts';
import { nowUs } from './stamps.ts';

/** Messages at random times, as trades come, on the average `rate` a second. */
export interface SendOrder {
  readonly rate: number;
  /** Number of the first one, and of the one after the last. */
  readonly from: number;
  readonly to: number;
  /** File that takes the times of sending. */
  readonly path: string;
}

/**
 * A process: an exchange that does nothing but send. It tells its port once it listens, then sends whatever it is ordered
 * to whoever is connected, and says when it is done. A frame is written to the kernel in the call that sends it.
 */
const sockets = new Set<WebSocket>();
const server = createServer((_request, response) => response.end(JSON.stringify({ serverTime: Date.now() })));
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('message', (data) => socket.send(JSON.stringify({ result: null, id: JSON.parse(String(data)).id })));
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit(0));
process.on('message', (order: SendOrder) => void send(order).then(() => process.send?.('sent')));

const sleeper = new Int32Array(new SharedArrayBuffer(4));

async function send({ rate, from, to, path }: SendOrder): Promise<void> {
  const sent = new Float64Array(to - from);
  let due = nowUs();
  for (let message = from; message < to; message++) {
    due += (-Math.log(1 - Math.random()) * 1e6) / rate;
    const frame = frameOf(message, Date.now() * 1_000);
    // Timers of an event loop are exact to 1 ms, this to about 0.06 ms.
    for (let left = due - nowUs(); left > 0; left = due - nowUs()) Atomics.wait(sleeper, 0, 0, left / 1e3);
    sent[message - from] = nowUs();
    for (const socket of sockets) socket.send(frame);
    await turn();
  }
  writeFileSync(path, sent);
}
