import { readFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acceptance, readHandshake } from '../../src/gateway/data/handshake.ts';
import { type ComponentProgram, launchComponent } from '../support/component-program.ts';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';

const ADDRESS = { sessionId: 'sess-alpha', componentId: 'cmp-1' };
const TOPIC = 'aegis.sess-alpha.trades.BTCUSDT';
const LINES = Array.from({ length: 50 }, (_, n) => {
  const data = { id: n, price: 1.5, qty: 2, quote_qty: 3, time: n, is_buyer_maker: true };
  return `${JSON.stringify({ session_id: 'sess-alpha', topic: TOPIC, ts: n, data })}\n`;
});

let fixture: ControlFixture;
let server: Server;
let sockets: Socket[];
let handshakes: unknown[];
/** Writes the rows of the n-th connection, 100 ms after the answer. */
let serve: (socket: Socket, connection: number) => void;
let program: ComponentProgram | undefined;

beforeEach(async () => {
  fixture = await controlFixture();
  sockets = [];
  handshakes = [];
  const path = join(fixture.folder, 'data.sock');
  fixture.port.dataSocketPath = path;
  server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = sockets.push(socket);
    socket.on('error', () => {});
    const done = (handshake: unknown): void => {
      handshakes.push(handshake);
      socket.write(acceptance([TOPIC]), () => setTimeout(() => serve(socket, connection), 100));
    };
    readHandshake({ socket, timeoutMs: 1_000, budget: { grow: () => true }, done });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});

afterEach(async () => {
  program?.kill('SIGKILL');
  await program?.ended;
  for (const socket of sockets) socket.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await fixture.close();
});

/** Runs the program until it has written all rows, then shuts it down; what it wrote. */
async function rowsOf(name: string): Promise<{ rows: string; summary: Readonly<Record<string, unknown>> }> {
  const out = join(fixture.folder, 'rows.ndjson');
  const args = [
    '--symbols',
    'BTCUSDT',
    '--streams',
    'trades',
    '--out',
    out,
    '--reconnect',
    '0.1',
    '--data-retry',
    '0.1',
  ];
  const launched = launchComponent({
    program: name,
    controlSocket: fixture.path,
    token: 'token-alpha',
    componentId: 'cmp-1',
    args,
  });
  program = launched;
  await until(async () => (await readFile(out, 'utf8').catch(() => '')).endsWith(LINES.at(-1) ?? ''), 'all rows came');
  const component = fixture.port.components.get('alpha/cmp-1');
  if (component !== undefined) component.shutDown = true;
  fixture.server.shutdown(ADDRESS);
  const { summary } = await launched.ended;
  return { rows: await readFile(out, 'utf8'), summary };
}

describe('the data clients of the programs', () => {
  test.each(['waits', 'pipelined', 'fresh_decoder', 'binary'])(
    '%s writes every row it gets, byte for byte',
    async (name) => {
      serve = (socket) => {
        for (const line of LINES) socket.write(line);
      };
      const { rows, summary } = await rowsOf(name);
      expect(rows).toBe(LINES.join(''));
      expect(summary).toMatchObject({ rows: LINES.length, dataConnections: 1 });
      const plain = { seq: false, notices: false, format: 'ndjson', claim: {} };
      expect(handshakes).toEqual([{ componentId: 'cmp-1', sessionToken: 'sess-alpha', ...plain }]);
    },
  );

  test.each(['waits', 'pipelined', 'binary'])(
    '%s comes back after a lost connection and forgets the torn line',
    async (name) => {
      serve = (socket, connection) => {
        if (connection > 1) socket.write(LINES.slice(20).join(''));
        else socket.end(LINES.slice(0, 20).join('') + (LINES[20] ?? '').slice(0, 30));
      };
      const { rows, summary } = await rowsOf(name);
      expect(rows).toBe(LINES.join(''));
      expect(summary).toMatchObject({ dataConnections: 2 });
    },
  );
});
