import { closeSync, fstatSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { FakeExchange } from '../../src/fake/fake-exchange.ts';
import type { LogEntry } from '../../src/model/activities.ts';
import type { LogLimits } from '../../src/model/wire/live-log.ts';
import { attachProgram } from '../sdk/stage.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentHash } from '../support/independent.ts';
import { type Attached, attach, killNine, linesIn } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { byTopic, expectUnbroken, keysOf, rowOf } from './live-truth.ts';

/** Trades per second. With aggregates some 4,000 rows, a megabyte. */
const RATE = 2_500;
const DECLARED = { symbols: ['BTCUSDT'], streams: ['trades', 'aggTrades'] };
const MIB = 1_048_576;
/** Of the newest rows the data stream server has so much in memory; who lacks more reads the log. */
const IN_MEMORY = 8 * MIB;
/** Less than that, and more than a busy machine is late. */
const SMALL_LOG = 4 * MIB;

describe('a realtime session with a component that is behind', () => {
  let aegis: TestAegis;
  let exchange: FakeExchange;
  beforeAll(async () => {
    exchange = await FakeExchange.start({ symbols: DECLARED.symbols, rate: RATE });
    aegis = await startTestAegis();
  });
  afterAll(async () => {
    await aegis?.close();
    await exchange?.close();
  });

  let current: SessionHandle | undefined;
  afterEach(async () => {
    await current?.shutdown();
    await current?.ended();
  });

  async function begin(log?: Partial<LogLimits>): Promise<SessionHandle> {
    const limits = log === undefined ? {} : { log };
    const session = await aegis.create({ mode: 'realtime', market: 'spot', endpoint: exchange.url, ...limits });
    current = session;
    return session;
  }

  async function twoOf(session: SessionHandle): Promise<{ swift: Attached; slow: Attached; stall: string }> {
    const stall = join(aegis.home, `${session.name}.stall`);
    const swift = await attach(aegis, session, { style: 'waits', name: 'swift', ...DECLARED });
    const slow = await attach(aegis, session, { style: 'waits', name: 'slow', ...DECLARED, args: ['--stall', stall] });
    await session.start();
    await grown(swift, 100_000);
    await grown(slow, 100_000);
    return { swift, slow, stall };
  }

  /** Waits for so many more bytes. */
  async function grown({ out }: Attached, bytes: number): Promise<void> {
    const before = sizeOf(out);
    await until(`${bytes} more bytes of ${out}`, () => sizeOf(out) >= before + bytes, 120_000);
  }

  async function told(session: SessionHandle, event: string, component: string): Promise<LogEntry[]> {
    return until(
      `${event} of ${component} is told`,
      async () => {
        const found = (await session.events()).filter((each) => each.event === event && each.component === component);
        return found.length > 0 && found;
      },
      120_000,
    );
  }

  /** How many trades the component is behind the exchange. */
  function tradesBehind({ out }: Attached): number {
    const last =
      keysOf(
        tailOf(out)
          .map(rowOf)
          .filter(({ topic }) => topic === 'trades.BTCUSDT'),
      ).at(-1) ?? 0;
    return exchange.truth.last('BTCUSDT').tradeId - last;
  }

  async function summaryOf(session: SessionHandle) {
    await session.stop();
    return until('the run is summed up', async () => (await session.state()).summary, 120_000);
  }

  async function expectWhole(lines: readonly string[]): Promise<void> {
    for (const rows of byTopic(lines).values()) await expectUnbroken(exchange, rows);
  }

  it('one that stops reading is told of, and has everything in the end; the other notices nothing', async () => {
    const session = await begin();
    const { swift, slow, stall } = await twoOf(session);
    writeFileSync(stall, '');
    const behind: number[] = [];
    const watch = setInterval(() => behind.push(tradesBehind(swift)), 100);
    try {
      await told(session, 'behind', 'slow');
      await grown(swift, MIB);
    } finally {
      clearInterval(watch);
      rmSync(stall);
    }
    const began = performance.now();
    await told(session, 'caughtUp', 'slow');
    console.log(`the other was at most ${Math.max(...behind)} trades of ${RATE}/s behind the exchange`);
    console.log(`caught up after ${Math.round(performance.now() - began)} ms`);
    expect(behind.length).toBeGreaterThan(10);
    const { components } = await summaryOf(session);
    const [lines, late] = [linesIn(swift.out), linesIn(slow.out)];
    expect(firstDifference(late, lines)).toBeUndefined();
    await expectWhole(lines);
    const hash = independentHash(lines);
    expect(components).toMatchObject({
      [swift.id]: { rows: lines.length, hash },
      [slow.id]: { rows: lines.length, hash },
    });
    expect((await session.events()).filter(({ event }) => event === 'rowsLost')).toEqual([]);
  }, 240_000);

  it('one that is killed gets what it has missed', async () => {
    const session = await begin();
    const restart = { policy: 'always' } as const;
    const swift = await attach(aegis, session, { style: 'waits', name: 'swift', ...DECLARED });
    const away = await attachProgram(aegis, session, { language: 'python', name: 'away', ...DECLARED, restart });
    await session.start();
    await grown(away, 200_000);
    killNine(aegis, `${session.name}.away.ndjson`);
    await grown(swift, MIB);
    await grown(away, 2 * MIB);
    const { components } = await summaryOf(session);
    const lines = linesIn(swift.out);
    const got = new Map<number, string>();
    let again = 0;
    for (const line of linesIn(away.out)) {
      const [, seq = ''] = /,"seq":(\d+),"data":/.exec(line) ?? [];
      const row = line.replace(`,"seq":${seq}`, '');
      // A row that was taken and not acknowledged comes again, as it was.
      if (got.has(Number(seq))) again += 1;
      expect(got.get(Number(seq)) ?? row).toBe(row);
      got.set(Number(seq), row);
    }
    console.log(`${again} rows came again after the kill`);
    const numbers = [...got.keys()];
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(firstDifference([...got.values()], lines)).toBeUndefined();
    expect(components[away.id]).toMatchObject({ rows: lines.length, hash: independentHash(lines) });
    await expectWhole(lines);
  }, 240_000);

  it('one that is farther behind than the log reaches is told exactly what it has lost, the other loses nothing', async () => {
    const session = await begin({ maxBytes: SMALL_LOG });
    const { swift, slow, stall } = await twoOf(session);
    writeFileSync(stall, '');
    try {
      await told(session, 'behind', 'slow');
      await grown(swift, IN_MEMORY + MIB);
    } finally {
      rmSync(stall);
    }
    const losses = await told(session, 'rowsLost', 'slow');
    await told(session, 'caughtUp', 'slow');
    const { components } = await summaryOf(session);
    const [lines, late] = [linesIn(swift.out), linesIn(slow.out)];
    await expectWhole(lines);
    // Both have the same topics: the number of a row in the merged stream is its place in what the other got.
    const lost = losses.map(({ text = '' }) => (/rows (\d+) to (\d+) /.exec(text) ?? []).slice(1).map(Number));
    console.log(`lost: ${lost.map((range) => range.join(' to ')).join(', ')} of ${lines.length}`);
    const kept = lines.filter((_, seq) => !lost.some(([from = 0, to = -1]) => from <= seq && seq <= to));
    expect(kept.length).toBeLessThan(lines.length);
    // It has got what was in memory, although the log had less.
    const after = lines.slice(1 + Math.max(...lost.map(([, to = 0]) => to)));
    expect(Buffer.byteLength(after.join())).toBeGreaterThan(SMALL_LOG + MIB);
    expect(firstDifference(late, kept)).toBeUndefined();
    expect(components[swift.id]).toMatchObject({ rows: lines.length, hash: independentHash(lines) });
    expect(components[slow.id]).toMatchObject({ rows: kept.length });
    expect(components[slow.id]).not.toHaveProperty('hash');
  }, 240_000);
});

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

const TAIL_BYTES = 32_768;

/** Its last complete lines, without reading all of it. */
function tailOf(path: string): string[] {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString().split('\n').slice(1, -1);
  } finally {
    closeSync(file);
  }
}
