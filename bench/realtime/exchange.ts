import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
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
 * to whoever is connected, and says when it is done. Frames are made before, and written to the kernel in the call that
 * sends them: on a machine with two cores the time of the sender is missing to what is measured.
 */
const sockets = new Set<Socket>();
const server = createServer((_request, response) => response.end(JSON.stringify({ serverTime: Date.now() })));
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, { socket: raw }) => {
  sockets.add(raw);
  socket.on('close', () => sockets.delete(raw));
  socket.on('message', (data) => socket.send(JSON.stringify({ result: null, id: JSON.parse(String(data)).id })));
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit(0));
process.on('message', (order: SendOrder) => void send(order).then(() => process.send?.('sent')));

const sleeper = new Int32Array(new SharedArrayBuffer(4));
/** Between two turns of the event loop, in which a socket that was full goes on. */
const TURN_US = 500;

async function send({ rate, from, to, path }: SendOrder): Promise<void> {
  const offsets = offsetsOf(to - from, rate);
  const unixUs = Date.now() * 1_000;
  const frames = offsets.map((offset, index) => textFrame(frameOf(from + index, unixUs + Math.floor(offset))));
  const sent = new Float64Array(frames.length);
  const began = nowUs();
  let turned = began;
  for (const [index, frame] of frames.entries()) {
    const due = began + (offsets[index] ?? 0);
    // Timers of an event loop are exact to 1 ms, this to about 0.06 ms.
    for (let left = due - nowUs(); left > 0; left = due - nowUs()) Atomics.wait(sleeper, 0, 0, left / 1e3);
    const now = nowUs();
    sent[index] = now;
    for (const socket of sockets) socket.write(frame);
    if (now - turned < TURN_US) continue;
    await turn();
    turned = now;
  }
  writeFileSync(path, sent);
}

/** When messages are due, µs after the first: as if each came by itself. */
function offsetsOf(count: number, rate: number): number[] {
  let at = 0;
  return Array.from({ length: count }, () => {
    at += (-Math.log(1 - Math.random()) * 1e6) / rate;
    return at;
  });
}

/** A text message of a server: final, not masked, of 126 to 65,535 bytes. Source: RFC 6455, 5.2. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([0x81, 126, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}
