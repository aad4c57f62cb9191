import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/model/session.ts';
import { processesOf, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { independentHash } from '../support/independent.ts';
import { attach, type Declaration, expectedLines, runToEnd, sample, spec } from '../support/session-run.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'];
const STREAMS = [['trades'], ['aggTrades'], ['trades', 'klines'], ['klines', 'aggTrades', 'trades']];

/** Declarations that differ in symbols and streams; the same ones come again after 16. */
function declarations(count: number): Declaration[] {
  return Array.from({ length: count }, (_, index) => ({
    symbols: SYMBOLS.slice(0, 1 + (index % SYMBOLS.length)),
    streams: STREAMS[Math.floor(index / SYMBOLS.length) % STREAMS.length] ?? [],
    timeframes: ['1m'],
  }));
}

/** MiB that the processes of a home hold together. */
function residentMiB(home: string): number {
  const pids = processesOf(home).map((line) => Number.parseInt(line, 10));
  const kib = pids.map((pid) => {
    try {
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return Math.round(kib.reduce((sum, each) => sum + each, 0) / 1024);
}

describe('many at once', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis({ servers: 'own' });
    await sample(aegis, { symbols: SYMBOLS, trades: 5_000 });
  });
  afterAll(() => aegis?.close(), 300_000);

  function expectExact(state: Session, wanted: readonly { readonly id: string; readonly declared: Declaration }[]) {
    const hashes = new Map<string, { rows: number; hash: string }>();
    for (const { id, declared } of wanted) {
      const key = JSON.stringify(declared);
      const lines = hashes.has(key) ? [] : expectedLines(aegis, state.id, declared);
      const expected = hashes.get(key) ?? { rows: lines.length, hash: independentHash(lines) };
      hashes.set(key, expected);
      expect(state.summary?.components[id]).toMatchObject(expected);
    }
  }

  it('64 components in one session: each stream is exact', async () => {
    const session = await aegis.create(spec({ startTimeoutMs: 180_000, dataGraceMs: 60_000 }));
    const wanted = [];
    for (const [index, declared] of declarations(64).entries()) {
      const { id } = await attach(aegis, session, { style: 'waits', name: `c${index}`, ...declared });
      wanted.push({ id, declared });
    }
    const began = performance.now();
    await session.start();
    await session.waitFor(['RUNNING'], { timeoutMs: 180_000 });
    const running = performance.now();
    const memory = residentMiB(aegis.home);
    const state = await session.waitFor(['FINISHED'], { timeoutMs: 300_000 });
    const seconds = [running - began, performance.now() - running].map((ms) => (ms / 1_000).toFixed(1));
    console.log(`64 components: RUNNING after ${seconds[0]} s, FINISHED ${seconds[1]} s later, ${memory} MiB together`);
    expectExact(state, wanted);
    await session.shutdown();
    await session.ended();
  });

  it('32 sessions at once: each stream is exact', async () => {
    const began = performance.now();
    const runs = declarations(32).map(async (declared) => {
      const session = await aegis.create(spec({ startTimeoutMs: 300_000, dataGraceMs: 120_000 }));
      const { id } = await attach(aegis, session, { style: 'waits', ...declared });
      const state = await runToEnd(session, 400_000);
      return { session, state, wanted: { id, declared } };
    });
    const ended = await Promise.all(runs);
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.log(`32 sessions: all FINISHED after ${seconds} s, ${residentMiB(aegis.home)} MiB together`);
    for (const { state, wanted } of ended) expectExact(state, [wanted]);
    await Promise.all(ended.map(async ({ session }) => session.shutdown().then(() => session.ended())));
  });
});
