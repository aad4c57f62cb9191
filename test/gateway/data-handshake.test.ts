import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { connectBus } from '../../src/bus/nats-bus.ts';
import { DataStreamServer } from '../../src/gateway/data/data-stream-server.ts';
import type { DataStreamEvent } from '../../src/gateway/data/events.ts';
import { DataClient } from '../orchestrator/data-client.ts';
import { until } from '../orchestrator/until.ts';
import { tempDir } from '../support/temp-dir.ts';

const SESSION = 's1';

async function startServer(): Promise<{ server: DataStreamServer; socketPath: string; events: DataStreamEvent[] }> {
  const dir = tempDir();
  const socketPath = join(dir, 'data.sock');
  // What a killed server leaves behind.
  writeFileSync(socketPath, '');
  const events: DataStreamEvent[] = [];
  const bus = await connectBus({ url: inject('natsUrl'), name: 'test' });
  onTestFinished(() => bus.close());
  const server = new DataStreamServer({
    bus,
    sessionId: SESSION,
    socketPath,
    journalPath: join(dir, 'positions'),
    dataGraceMs: 15_000,
    dataReconnectMs: 120_000,
    onEvent: (event) => events.push(event),
  });
  server.setComponent('known', ['klines.BTCUSDT.1m', 'aggTrades.BTCUSDT']);
  server.setComponent('deaf', []);
  await server.listen();
  onTestFinished(() => server.close());
  return { server, socketPath, events };
}

/** Sends a first line and returns everything that comes back until the server closes. */
async function answerTo(socketPath: string, line: string): Promise<unknown> {
  const socket = connect(socketPath);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(line);
  await once(socket, 'close');
  return JSON.parse(Buffer.concat(chunks).toString());
}

describe('data handshake', () => {
  it.each([
    ['a wrong session token', { component_id: 'known', session_token: 's2' }, 'invalid session_token'],
    ['an unknown component', { component_id: 'other', session_token: SESSION }, 'unknown component_id'],
    ['a component without topics', { component_id: 'deaf', session_token: SESSION }, 'no topics for component'],
    ['a missing field', { component_id: 'known' }, 'invalid handshake'],
  ])('refuses %s with a reason and closes', async (_, handshake, message) => {
    const { socketPath } = await startServer();
    expect(await answerTo(socketPath, `${JSON.stringify(handshake)}\n`)).toEqual({ status: 'error', message });
  });

  it('refuses what is not JSON', async () => {
    const { socketPath } = await startServer();
    expect(await answerTo(socketPath, 'hello\n')).toEqual({ status: 'error', message: 'invalid handshake' });
  });

  it('accepts a handshake in single bytes and with unknown fields, before any run', async () => {
    const { server, socketPath } = await startServer();
    const socket = connect(socketPath);
    onTestFinished(() => {
      socket.destroy();
    });
    const line = `${JSON.stringify({ extra: { a: [1] }, session_token: SESSION, component_id: 'known' })}\n`;
    for (const byte of Buffer.from(line)) socket.write(Buffer.of(byte));
    const [answer] = await once(socket, 'data');
    expect(JSON.parse(String(answer))).toEqual({
      status: 'ok',
      topics: ['aegis.s1.klines.BTCUSDT.1m', 'aegis.s1.aggTrades.BTCUSDT'],
    });
    expect(server.status.components[0]).toMatchObject({ componentId: 'known', presence: 'idle', connections: 1 });
  });

  it('closes a connection that sends an absurd first line', async () => {
    const { socketPath } = await startServer();
    const socket = connect(socketPath);
    socket.on('error', () => undefined);
    socket.write(Buffer.alloc(2 * 1024 * 1024, 'x'));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.bytesRead).toBe(0);
  });

  it('has a socket for its owner alone, and replaces a stale one', async () => {
    const { socketPath } = await startServer();
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  });

  it('notices that a silent component has gone, and not that it has only shut its sending side', async () => {
    const { server, socketPath } = await startServer();
    const half = new DataClient({ socketPath, sessionId: SESSION, componentId: 'known', halfClose: true });
    const whole = new DataClient({ socketPath, sessionId: SESSION, componentId: 'known' });
    onTestFinished(() => {
      half.stop();
      whole.stop();
    });
    await until('both are connected', () => server.status.components[0]?.connections === 2);
    whole.stop();
    await until('one is noticed to be gone', () => server.status.components[0]?.connections === 1);
    expect(half.connections).toBe(1);
    half.stop();
    await until('the other, too', () => server.status.components[0]?.connections === 0);
  });

  it('begins a run without a component that has just ended', async () => {
    const { server } = await startServer();
    server.beginRun({ run: 1, topics: ['aggTrades.BTCUSDT'], members: [{ id: 'nobody', fromSeq: 0 }] });
    expect(server.status).toMatchObject({ run: 1, started: true });
  });
});
