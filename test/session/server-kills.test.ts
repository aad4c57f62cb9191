import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import {
  type Attached,
  attach,
  expectedLines,
  killNine,
  received,
  rowsTaken,
  sample,
  spec,
} from '../support/session-run.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const ALL = { symbols: SYMBOLS, streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
const KILL_AT = 15_000;

describe('kill -9 of a server in the middle of a run', () => {
  let aegis: TestAegis;
  let session: SessionHandle;
  let attached: Attached;
  let expected: string[];
  let runs = 0;
  beforeAll(async () => {
    aegis = await startTestAegis({ servers: 'own' });
    await sample(aegis, { symbols: SYMBOLS, trades: 20_000 });
    session = await aegis.create(spec());
    const slow = { style: 'waits', args: ['--tell-received', '--rest', '0.006'] };
    attached = await attach(aegis, session, { ...slow, ...ALL });
    expected = expectedLines(aegis, (await session.state()).id, ALL);
  });
  afterAll(() => aegis?.close());

  async function begin(): Promise<void> {
    runs += 1;
    await session.start();
    await rowsTaken(aegis, session, KILL_AT);
  }

  async function expectWhole(): Promise<void> {
    const { summary, components } = await session.waitFor(['FINISHED'], { timeoutMs: 90_000 });
    const sofar = Array.from({ length: runs }, () => expected).flat();
    expect(firstDifference(await received(attached, sofar), sofar)).toBeUndefined();
    const { rows, hash } = summary?.components[attached.id] ?? {};
    expect({ rows, hash }).toEqual({ rows: expected.length, hash: independentHash(expected) });
    expect(components.map(({ incarnation }) => incarnation)).toEqual([1]);
  }

  it('nats-server: FINISHED, the same bytes and hashes', async () => {
    await begin();
    killNine(aegis, 'nats-server');
    await expectWhole();
  }, 240_000);

  it('temporal: the rows flow on, FINISHED, the same bytes and hashes', async () => {
    await begin();
    killNine(aegis, 'temporal');
    await expectWhole();
  }, 240_000);

  it('aegisd, with everything that it holds: the component comes back by its id, FINISHED, the same bytes', async () => {
    await begin();
    killNine(aegis, ' aegisd');
    await aegis.restart();
    session = aegis.client.session(session.name);
    await expectWhole();
  }, 240_000);
});
