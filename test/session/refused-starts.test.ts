import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeArchive } from '../../src/market/binance/sample/write-archive.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference, independentStream, sourcesIn } from '../support/independent.ts';
import { attach, DAY, FROM, received, runToEnd, sample, spec } from '../support/session-run.ts';

const DAY_MS = 86_400_000;
const BTC = { symbols: ['BTCUSDT'], streams: ['trades'] };

describe('a start that is refused', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ['BTCUSDT', 'ETHUSDT'], trades: 500 });
  });
  afterAll(() => aegis?.close());

  it('names the missing days; the session goes back and runs once gaps are allowed', async () => {
    const to = FROM + 3 * DAY_MS;
    const refused = await aegis.create(spec({ to }));
    await attach(aegis, refused, { style: 'waits', ...BTC });
    await expect(runToEnd(refused)).rejects.toMatchObject({
      code: 'DATA_MISSING',
      message: '2 days have no data: trades.BTCUSDT 2025-03-02 to 2025-03-03',
      remedy: expect.stringContaining('--symbol BTCUSDT --type trades --from 2025-03-02 --to 2025-03-03'),
      details: { missing: [{ topic: 'trades.BTCUSDT', from: '2025-03-02', to: '2025-03-03', periods: 2 }], days: 2 },
    });
    expect((await refused.state()).state).toBe('REGISTERED');

    const gaps = await aegis.create(spec({ to, allowGaps: true }));
    const component = await attach(aegis, gaps, { style: 'waits', ...BTC });
    const { id } = await runToEnd(gaps);
    const sources = sourcesIn(join(aegis.vision, 'data/spot/daily/trades/BTCUSDT'), 'trades.BTCUSDT');
    const expected = independentStream({ sources, sessionId: id });
    expect(expected).toHaveLength(500);
    expect(firstDifference(await received(component, expected), expected)).toBeUndefined();
  });

  it('names what was mended in between no longer: the next start runs', async () => {
    const archive = join(aegis.vision, 'data/spot/daily/trades/ETHUSDT/ETHUSDT-trades-2025-03-01.zip');
    renameSync(archive, `${archive}.away`);
    const session = await aegis.create(spec());
    const component = await attach(aegis, session, { style: 'waits', symbols: ['ETHUSDT'], streams: ['trades'] });
    await expect(runToEnd(session)).rejects.toMatchObject({ code: 'DATA_MISSING' });
    renameSync(`${archive}.away`, archive);
    const { summary, failure } = await runToEnd(session);
    expect(failure).toBeUndefined();
    expect(summary?.components[component.id]?.rows).toBe(500);
  });

  it('names a topic that the mode does not have', async () => {
    const session = await aegis.create(spec());
    await attach(aegis, session, { style: 'waits', symbols: ['BTCUSDT'], streams: ['trades', 'orderBook'] });
    await expect(runToEnd(session)).rejects.toMatchObject({
      code: 'TOPIC_NOT_AVAILABLE',
      message: expect.stringContaining('"orderBook.BTCUSDT.100ms"'),
    });
    expect((await session.state()).state).toBe('REGISTERED');
  });

  it('names an archive that is not what its checksum says', async () => {
    const folder = join(aegis.vision, 'data/spot/daily/trades/SOLUSDT');
    const zip = join(folder, 'SOLUSDT-trades-2025-03-01.zip');
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(aegis.vision, 'data/spot/daily/trades/BTCUSDT/BTCUSDT-trades-2025-03-01.zip'), zip);
    writeFileSync(`${zip}.CHECKSUM`, `${'0'.repeat(64)}  SOLUSDT-trades-2025-03-01.zip\n`);
    const session = await aegis.create(spec());
    await attach(aegis, session, { style: 'waits', symbols: ['SOLUSDT'], streams: ['trades'] });
    await expect(runToEnd(session)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      message: expect.stringContaining(zip),
    });
  });

  it('names file, line and column of a row that cannot be right', async () => {
    const row = '1740787200000000,1,2,1,1.5,10,1740787259999999,15,3,5,7.5,0';
    const spoiled = row.replace('1740787200000000', '1.74079E+15');
    const ref = { market: 'spot', type: 'klines', symbol: 'BTCUSDT', interval: '1m', period: DAY } as const;
    await writeArchive(aegis.vision, ref, [row, spoiled]);
    const session = await aegis.create(spec());
    await attach(aegis, session, { style: 'waits', symbols: ['BTCUSDT'], streams: ['klines'], timeframes: ['1m'] });
    await expect(runToEnd(session)).rejects.toMatchObject({
      code: 'ROW_INVALID',
      message: expect.stringMatching(/BTCUSDT-1m-2025-03-01.*:2:open_time: /),
    });
    expect((await session.state()).state).toBe('REGISTERED');
  });
});
