import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HAS_VISION, pythonComponent, startTestAegis, type TestAegis, topicsArgs, VISION } from '../support/aegis.ts';
import { firstDifference, independentKlines } from '../support/independent.ts';

const SYMBOLS = ['ARBUSDT', 'BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

describe.skipIf(!HAS_VISION)('a session over the real 1m klines (needs ../shared/data)', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis({ vision: VISION });
  });
  afterAll(() => aegis?.close());

  it.each([
    ['the outage of 2023-03-24', '2023-03-23', '2023-03-25', SYMBOLS, false],
    ['the partial file of 2023-07-27', '2023-07-27', '2023-07-27', ['ARBUSDT'], false],
    ['the absent minute of 2023-02-14', '2023-02-14', '2023-02-14', ['SOLUSDT'], false],
    ['five whole days', '2024-01-01', '2024-01-05', SYMBOLS, false],
    ['2020', '2020-01-01', '2020-01-03', ['BTCUSDT'], false],
  ] as const)(
    'delivers every row once and in order: %s',
    async (_what, first, last, symbols, allowGaps) => {
      const from = Date.parse(`${first}T00:00:00Z`);
      const to = Date.parse(`${last}T00:00:00Z`) + 86_400_000;
      const session = await aegis.create({ mode: 'historical', market: 'spot', from, to, allowGaps });
      const out = join(aegis.home, `${session.name}.ndjson`);
      const args = topicsArgs({ symbols: [...symbols], streams: ['klines'], timeframes: ['1m'] });
      await session.attach({ name: 'waits', launch: pythonComponent('waits', out, args) });
      await session.start();
      const { id, summary } = await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });

      const expected = await independentKlines({ vision: VISION, symbols, interval: '1m', from, to, sessionId: id });
      await session.shutdown();
      await session.ended();
      const received = readFileSync(out, 'utf8');
      expect(summary?.rows).toBe(expected.length);
      expect(firstDifference(received.split('\n').slice(0, -1), expected)).toBeUndefined();
    },
    90_000,
  );
});
