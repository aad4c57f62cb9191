import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../support/until.ts';
import { startExchange } from './plain-client.ts';

/** Counts the frames of a socket in a thread of its own, as a client beside the exchange does. */
const COUNTER = `
const { parentPort, workerData } = require('node:worker_threads');
const { WebSocket } = require('ws');
const socket = new WebSocket(workerData);
let frames = 0;
socket.on('message', () => { frames++; });
parentPort.on('message', () => parentPort.postMessage(frames));
`;

it('sends 10,000 messages a second, all of them', async () => {
  const exchange = await startExchange({ rate: 5_000 });
  const path = '/stream?streams=btcusdt@trade/ethusdt@trade';
  const counter = new Worker(COUNTER, { eval: true, workerData: exchange.url.replace('http', 'ws') + path });
  onTestFinished(async () => {
    await counter.terminate();
  });
  const sent = (): number => Object.values(exchange.stats.frames).reduce((sum, frames) => sum + frames, 0);
  await until('the first frames', () => sent() > 0);
  const [begin, before] = [exchange.clock.now(), sent()];
  await until('two seconds of frames', () => exchange.clock.now() - begin >= 2_000);
  const [seconds, frames] = [(exchange.clock.now() - begin) / 1_000, sent() - before];
  expect(frames / seconds).toBeGreaterThan(9_500);
  // Every id of a symbol was sent, and every frame arrives: the socket is not read faster than it is written.
  const { 'btcusdt@trade': btc, 'ethusdt@trade': eth } = exchange.stats.connections[0]?.sent ?? {};
  for (const each of [btc, eth]) expect((each?.lastId ?? 0) - (each?.firstId ?? 0) + 1).toBe(each?.frames);
  const written = (btc?.frames ?? 0) + (eth?.frames ?? 0);
  expect(written).toBeGreaterThan(19_000);
  await until('all of them at the client', async () => {
    counter.postMessage('how many');
    const [count] = await once(counter, 'message');
    return Number(count) >= written;
  });
});
