import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import { listTapes } from '../../src/tape/catalog.ts';
import { importArchives, importMissing } from '../../src/tape/import.ts';
import { planTapes } from '../../src/tape/plan.ts';
import { verifyTape } from '../../src/tape/verify.ts';
import { minuteLines, writeCsv, writeZip } from '../market/csv-file.ts';
import { zipsBelow } from '../market/reference-data.ts';
import { tempDir } from '../support/temp-dir.ts';
import { importOne, readTopic } from './rows.ts';

const KLINES = { market: 'spot', type: 'klines' } as const;
const NAME = 'BTCUSDT-1m-2024-01-01';

function zipOf(file: string, lines: readonly string[], name = NAME): Promise<string> {
  return writeZip(file, { entries: [{ name: `${name}.csv`, text: lines.join('\n') }] });
}

describe('the catalog', () => {
  it('is not changed by importing an archive again', async () => {
    const dir = tempDir();
    const zip = await zipOf(path.join(dir, 'in', `${NAME}.zip`), minuteLines(1440));
    const first = await importOne(dir, zip, KLINES);
    const before = listTapes(dir);
    const second = await importOne(dir, zip, KLINES);
    expect([first.written.length, first.rows]).toEqual([1, 1440]);
    expect([second.written.length, second.unchanged.length, second.rows]).toEqual([0, 1, 0]);
    expect(listTapes(dir)).toEqual(before);
  });

  it('knows the source of a tape: name, hash, rows, times', async () => {
    const dir = tempDir();
    const zip = path.join(dir, `vision/data/spot/daily/klines/BTCUSDT/1m/${NAME}.zip`);
    await zipOf(zip, minuteLines(1440));
    await importOne(dir, zip);
    expect(readTopic(dir, 'klines.BTCUSDT.1m').manifests).toMatchObject([
      {
        source: `data/spot/daily/klines/BTCUSDT/1m/${NAME}.zip`,
        sourceSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        period: '2024-01-01',
        rows: 1440,
        firstTime: (Date.UTC(2024, 0, 1) + 59_999) * 1000,
        lastTime: (Date.UTC(2024, 0, 2) - 1) * 1000,
      },
    ]);
  });

  it('reports a source that changed under the same name, and takes it only when told to', async () => {
    const dir = tempDir();
    await importOne(dir, await zipOf(path.join(dir, 'a', `${NAME}.zip`), minuteLines(1440)), KLINES);
    const before = listTapes(dir);
    const changed = await zipOf(path.join(dir, 'b', `${NAME}.zip`), minuteLines(1440, 0, '1.5'));
    await expect(importOne(dir, changed, KLINES)).rejects.toMatchObject({ code: 'SOURCE_CONFLICT', exitCode: 8 });
    expect(listTapes(dir)).toEqual(before);
    expect(await importOne(dir, changed, KLINES, true)).toMatchObject({ written: [{ rows: 1440 }] });
    expect(JSON.parse(readTopic(dir, 'klines.BTCUSDT.1m').rows[0]?.json ?? '').open).toBe(1.5);
  });

  it('takes the same rows from a daily and a monthly archive once, and reports different ones', async () => {
    const dir = tempDir();
    await importOne(dir, await zipOf(path.join(dir, `${NAME}.zip`), minuteLines(1440)), KLINES);
    const monthly = await zipOf(path.join(dir, 'BTCUSDT-1m-2024-01.zip'), minuteLines(2880), 'BTCUSDT-1m-2024-01');
    const result = await importOne(dir, monthly, KLINES);
    expect(result.unchanged.map(({ period }) => period)).toEqual(['2024-01-01']);
    expect(result.written.map(({ period }) => period)).toEqual(['2024-01-02']);
    const other = tempDir();
    await importOne(other, await zipOf(path.join(other, `${NAME}.zip`), minuteLines(1440, 0, '1.5')), KLINES);
    const before = listTapes(other);
    await expect(importOne(other, monthly, KLINES)).rejects.toMatchObject({
      code: 'SOURCE_CONFLICT',
      message: expect.stringContaining('2024-01-01'),
    });
    expect(listTapes(other)).toEqual(before);
  });

  it('splits a month into days, a gap over midnight into both', async () => {
    const dir = tempDir();
    const lines = [...minuteLines(1400), ...minuteLines(1400, 1480)];
    await importOne(dir, writeCsv(dir, lines.join('\n'), 'BTCUSDT-1m-2024-01.csv'), KLINES);
    const day = Date.UTC(2024, 0, 2);
    const { manifests } = readTopic(dir, 'klines.BTCUSDT.1m');
    expect(manifests.map(({ gaps }) => gaps)).toEqual([
      [{ from: day - 40 * 60_000, to: day, kind: 'absent' }],
      [{ from: day, to: day + 40 * 60_000, kind: 'absent' }],
    ]);
  });

  it('notes a zip without checksum, and one that contains a file of another name', async () => {
    const dir = tempDir();
    const entries = [{ name: 'other.csv', text: minuteLines(1440).join('\n') }];
    const zip = await writeZip(path.join(dir, `${NAME}.zip`), { entries, checksum: false });
    await importOne(dir, zip, KLINES);
    expect(readTopic(dir, 'klines.BTCUSDT.1m').manifests[0]?.warnings).toEqual([
      'there was no .CHECKSUM file beside the archive',
      'the zip contains a file of another name: other.csv',
    ]);
  });

  it('calls a day that ends early partial or absent by the date of the zip entry', async () => {
    const ends = async (date: Date) => {
      const dir = tempDir();
      const entries = [{ name: `${NAME}.csv`, text: minuteLines(600).join('\n') }];
      await importOne(dir, await writeZip(path.join(dir, `${NAME}.zip`), { entries, date }), KLINES);
      return readTopic(dir, 'klines.BTCUSDT.1m').manifests[0]?.gaps;
    };
    const gap = { from: Date.UTC(2024, 0, 1, 10), to: Date.UTC(2024, 0, 2) };
    expect(await ends(new Date(Date.UTC(2024, 0, 1, 10, 5)))).toEqual([{ ...gap, kind: 'partial' }]);
    expect(await ends(new Date(Date.UTC(2024, 0, 3)))).toEqual([{ ...gap, kind: 'absent' }]);
  });
});

describe('rows of other forms', () => {
  const METRICS = { market: 'um', type: 'metrics', symbol: 'BTCUSDT' } as const;
  const metric = (time: string, ratio = '1.5') => `2024-01-0${time},BTCUSDT,100.0000,200.50,${ratio},1.1,1.2,0.900`;

  it('metrics out of order are sorted, rows with empty cells left out, both noted', async () => {
    const dir = tempDir();
    const lines = [metric('1 00:10:00'), metric('1 00:05:00'), metric('1 00:15:00', ''), metric('2 00:00:00')];
    await importOne(dir, writeCsv(dir, lines.join('\n'), 'BTCUSDT-metrics-2024-01-01.csv'), METRICS);
    const { manifests, rows } = readTopic(dir, 'metrics.BTCUSDT', 'um');
    const times = rows.map(({ timeUs }) => new Date(timeUs / 1000).toISOString().slice(8, 16));
    expect(times).toEqual(['01T00:05', '01T00:10', '02T00:00']);
    expect(manifests).toMatchObject([
      {
        period: '2024-01-01',
        warnings: [expect.stringContaining('sorted'), 'line 3 has an empty value and was left out'],
      },
    ]);
    expect(rows[0]?.json).toBe(
      '{"create_time":1704067500000,"symbol":"BTCUSDT","sum_open_interest":100,"sum_open_interest_value":200.5,"count_toptrader_long_short_ratio":1.5,"sum_toptrader_long_short_ratio":1.1,"count_long_short_ratio":1.2,"sum_taker_long_short_vol_ratio":0.9}',
    );
  });

  it('metrics of another symbol are refused', async () => {
    const dir = tempDir();
    const file = writeCsv(dir, metric('1 00:05:00').replace('BTCUSDT', 'ETHUSDT'), 'm.csv');
    await expect(importOne(dir, file, METRICS)).rejects.toMatchObject({
      code: 'ROW_INVALID',
      where: `${file}:1:symbol`,
    });
  });

  it('futures trades: header, lower-case booleans, scientific notation', async () => {
    const dir = tempDir();
    const text = 'id,price,qty,quote_qty,time,is_buyer_maker\n5053880937,68402.60,1e-05,0.684026,1717113600031,false\n';
    await importOne(dir, writeCsv(dir, text, 'BTCUSDT-trades-2024-05-31.csv'), { market: 'um', type: 'trades' });
    expect(readTopic(dir, 'trades.BTCUSDT', 'um').rows).toEqual([
      {
        timeUs: 1717113600031000,
        json: '{"id":5053880937,"price":68402.6,"qty":0.00001,"quote_qty":0.684026,"time":1717113600031,"is_buyer_maker":false}',
      },
    ]);
  });

  it('futures aggTrades: every field of the protocol, in its order', async () => {
    const dir = tempDir();
    const text = '3000,83624.5,0.010,7,9,1717113600031,true\n';
    await importOne(dir, writeCsv(dir, text, 'BTCUSDT-aggTrades-2024-05-31.csv'), { market: 'um', type: 'aggTrades' });
    expect(readTopic(dir, 'aggTrades.BTCUSDT', 'um').rows[0]?.json).toBe(
      '{"event_time":1717113600031,"symbol":"BTCUSDT","agg_trade_id":3000,"first_trade_id":7,"last_trade_id":9,"price":83624.5,"quantity":0.01,"normal_qty":0.01,"transact_time":1717113600031,"is_buyer_maker":true}',
    );
  });

  it('trades of one time keep the order of the file', async () => {
    const dir = tempDir();
    const lines = [5, 3, 9, 1].map((id) => `${id},1.0,1.0,1.0,1717113600031,false`);
    await importOne(dir, writeCsv(dir, lines.join('\n'), 'x.csv'), { market: 'um', type: 'trades', symbol: 'X' });
    expect(readTopic(dir, 'trades.X', 'um').rows.map(({ json }) => JSON.parse(json).id)).toEqual([5, 3, 9, 1]);
  });
});

describe('large archives', () => {
  it('are imported in a heap that could not hold their rows', async () => {
    const dir = tempDir();
    const visionDir = path.join(dir, 'vision');
    const sample = { visionDir, market: 'spot', symbols: ['BTCUSDT'], from: '2025-01-01', days: 1 } as const;
    await generateSample({ ...sample, types: ['aggTrades'], tradesPerDay: 250_000 });
    const [file = ''] = zipsBelow(visionDir);
    const importer = fork(path.join(import.meta.dirname, 'small-heap.ts'), [file, dir], {
      execArgv: ['--max-old-space-size=40'],
    });
    const [[rows]] = await Promise.all([once(importer, 'message'), once(importer, 'exit')]);
    expect(rows).toBe(150_000);
    const stored = readTopic(dir, 'aggTrades.BTCUSDT').rows;
    expect(stored.reduce((sum, { json }) => sum + json.length, 0)).toBeGreaterThan(30_000_000);
  }, 240_000);
});

describe('imports in parallel', () => {
  async function sample(days: number) {
    const dir = tempDir();
    const visionDir = path.join(dir, 'vision');
    const symbols = ['BTCUSDT', 'ETHUSDT'];
    await generateSample({ visionDir, market: 'spot', symbols, from: '2024-12-31', days, tradesPerDay: 3_000 });
    return {
      visionDir,
      tapesDir: path.join(dir, 'tape'),
      archives: zipsBelow(visionDir).map((file) => identifyArchive(file)),
    };
  }

  it('threads import every archive and tell their progress; a bad one does not stop the others', async () => {
    const { visionDir, tapesDir, archives } = await sample(1);
    const bad = archives[0]?.file ?? '';
    writeFileSync(bad, 'no zip');
    const progress: number[] = [];
    const outcome = await importArchives({
      tapesDir,
      archives,
      threads: 2,
      onProgress: ({ rows }) => progress.push(rows),
    });
    expect(outcome.failures).toMatchObject([{ file: bad, error: { code: 'CHECKSUM_MISMATCH' } }]);
    expect(outcome.results).toHaveLength(archives.length - 1);
    expect(progress.at(-1)).toBe(outcome.results.reduce((sum, { rows }) => sum + rows, 0));
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(existsSync(visionDir)).toBe(true);
  });

  it('what a plan misses is found in the Vision folder and imported', async () => {
    const { visionDir, tapesDir } = await sample(2);
    const range = { from: Date.UTC(2024, 11, 31), to: Date.UTC(2025, 0, 3) };
    const topics = ['trades.BTCUSDT', 'klines.ETHUSDT.1m'];
    const { missing } = planTapes({ tapesDir, market: 'spot', topics, ...range });
    expect(missing).toHaveLength(6);
    const outcome = await importMissing({ visionDir, tapesDir, market: 'spot', missing });
    expect(outcome.results).toHaveLength(4);
    expect(outcome.notFound.map(({ period }) => period)).toEqual(['2025-01-02', '2025-01-02']);
    expect(planTapes({ tapesDir, market: 'spot', topics, ...range }).missing).toEqual(outcome.notFound);
  });

  it('two importers at once leave what one would', async () => {
    const { visionDir, tapesDir, archives } = await sample(2);
    const [first, second] = await Promise.all([1, 2].map(() => importArchives({ tapesDir, archives, threads: 1 })));
    expect([...(first?.failures ?? []), ...(second?.failures ?? [])]).toEqual([]);
    const alone = path.join(visionDir, 'alone');
    await importArchives({ tapesDir: alone, archives, threads: 1 });
    expect(listTapes(tapesDir)).toEqual(listTapes(alone));
    expect(
      readdirSync(tapesDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.new-')),
    ).toEqual([]);
  });

  it('an interrupt ends the import and leaves nothing half-done', async () => {
    const { tapesDir, archives } = await sample(2);
    const controller = new AbortController();
    const imported = importArchives({
      tapesDir,
      archives,
      threads: 1,
      signal: controller.signal,
      onProgress: ({ filesDone }) => filesDone === 2 && controller.abort(),
    });
    await expect(imported).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const tapes = listTapes(tapesDir);
    expect(tapes.length).toBeGreaterThanOrEqual(2);
    expect(tapes.length).toBeLessThan(archives.length);
    expect(tapes.flatMap((entry) => verifyTape(tapesDir, entry))).toEqual([]);
    expect(
      readdirSync(tapesDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.new-')),
    ).toEqual([]);
  });

  it('an interrupt in the middle of an archive leaves nothing of it', async () => {
    const { tapesDir, archives } = await sample(1);
    const controller = new AbortController();
    const onProgress = ({ rows }: { readonly rows: number }) => rows > 0 && controller.abort();
    const imported = importArchives({ tapesDir, archives, threads: 1, signal: controller.signal, onProgress });
    await expect(imported).rejects.toMatchObject({ code: 'INTERRUPTED' });
    // The archive at hand may have been read to its end when the interrupt arrived.
    expect(listTapes(tapesDir).length).toBeLessThanOrEqual(1);
    const files = readdirSync(tapesDir, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.includes('.new-'))).toEqual([]);
  });

  it('an importer that is killed leaves whole tapes only, and the next one completes them', async () => {
    const { visionDir, tapesDir, archives } = await sample(3);
    const importer = fork(path.join(import.meta.dirname, 'importer.ts'), [visionDir, tapesDir], { stdio: 'inherit' });
    const [files] = await once(importer, 'message');
    importer.kill('SIGKILL');
    await once(importer, 'exit');
    expect(files).toBeGreaterThan(0);
    expect(listTapes(tapesDir).flatMap((entry) => verifyTape(tapesDir, entry))).toEqual([]);
    const { failures } = await importArchives({ tapesDir, archives, threads: 1 });
    expect(failures).toEqual([]);
    expect(listTapes(tapesDir)).toHaveLength(archives.length);
    expect(listTapes(tapesDir).flatMap((entry) => verifyTape(tapesDir, entry))).toEqual([]);
  });
});
