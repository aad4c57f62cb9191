import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { registerDataCommands } from '../../src/client/cli/data.ts';
import { visionPath } from '../../src/market/binance/archive/archive-ref.ts';
import { homePaths } from '../../src/model/paths.ts';
import { listTapes } from '../../src/tape/catalog.ts';
import { tempDir } from '../support/temp-dir.ts';
import { minuteLines, writeCsv } from './csv-file.ts';
import { serveVision } from './vision-server.ts';

afterEach(() => {
  process.exitCode = undefined;
});

/** Runs `aegisctl data …` in this process. */
async function run(home: string, args: readonly string[], json = true) {
  const out: string[] = [];
  const err: string[] = [];
  const program = new Command('aegisctl').exitOverride().configureOutput({ writeErr: (text) => err.push(text) });
  registerDataCommands(program, {
    home,
    json,
    interactive: false,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  for (const command of program.commands.flatMap((group) => group.commands)) {
    command.exitOverride().configureOutput({ writeErr: (text) => err.push(text) });
  }
  await program.parseAsync(['data', ...args], { from: 'user' });
  const exit = process.exitCode;
  process.exitCode = undefined;
  return { out, err, exit, result: json ? JSON.parse(out.join('\n')) : undefined };
}

const SAMPLE = ['sample', '--symbol', 'BTCUSDT,ETHUSDT', '--from', '2024-12-31', '--days', '2', '--trades', '2000'];

describe('aegisctl data', () => {
  it('makes samples, imports, lists and verifies them; each answer is one JSON object with a version', async () => {
    const home = tempDir();
    const sample = await run(home, SAMPLE);
    expect(sample.out).toHaveLength(1);
    expect(sample.result).toMatchObject({ version: 1, files: 12 });
    const imported = await run(home, ['import']);
    expect(imported.result).toMatchObject({ version: 1, unchanged: 0, failures: [] });
    expect(imported.result.written).toHaveLength(12);
    expect((await run(home, ['import'])).result).toMatchObject({ written: [], unchanged: 12, rows: 0 });
    const { topics } = (await run(home, ['list'])).result;
    expect(topics).toHaveLength(6);
    expect(topics[0]).toEqual({
      market: 'spot',
      topic: 'aggTrades.BTCUSDT',
      first: '2024-12-31',
      last: '2025-01-01',
      tapes: 2,
      rows: 2400,
      gaps: 0,
    });
    expect((await run(home, ['list', '--tapes', '--market', 'futures'])).result).toMatchObject({ tapes: [] });
    expect((await run(home, ['verify'])).result).toMatchObject({ version: 1, tapes: 12, findings: [] });
  });

  it('tells people in lines what it tells programs in JSON', async () => {
    const home = tempDir();
    expect((await run(home, SAMPLE, false)).out[0]).toMatch(/^made 12 archives/);
    expect((await run(home, ['import'], false)).out[0]).toMatch(/^imported .* rows into 12 tapes/);
    expect((await run(home, ['list'], false)).out[0]).toMatch(/^market +topic/);
  });

  it('imports a file whose path does not tell its content when the options do', async () => {
    const home = tempDir();
    const file = writeCsv(path.join(home, 'in'), minuteLines(1440).join('\n'));
    const refused = await run(home, ['import', file]);
    expect(refused).toMatchObject({
      exit: 2,
      result: { failures: [{ code: 'USAGE', message: expect.stringContaining('--market, --type') }] },
    });
    const args = ['import', file, '--market', 'futures', '--type', 'klines'];
    expect((await run(home, args)).result.written).toMatchObject([{ market: 'um', symbol: 'BTCUSDT', rows: 1440 }]);
  });

  it('names file, line and column of a bad row, imports the other files, and ends with the code of the failure', async () => {
    const home = tempDir();
    const folder = path.join(home, 'in');
    writeCsv(folder, minuteLines(1440).join('\n'));
    const bad = writeCsv(folder, minuteLines(5, 1440).join('\n').replace('42283', 'oops'), 'BTCUSDT-1m-2024-01-02.csv');
    const { result, exit } = await run(home, ['import', folder, '--market', 'spot', '--type', 'klines']);
    expect(exit).toBe(7);
    expect(result.written).toHaveLength(1);
    expect(result.failures).toMatchObject([{ file: bad, code: 'ROW_INVALID', where: `${bad}:1:open` }]);
    const again = await run(home, ['import', folder, '--market', 'spot', '--type', 'klines'], false);
    expect(again.err.join('\n')).toContain(`where: ${bad}:1:open`);
  });

  it('refuses a source that changed, and takes it with --replace', async () => {
    const home = tempDir();
    const args = (text: string) => {
      const file = writeCsv(path.join(home, 'in'), text);
      return ['import', file, '--market', 'spot', '--type', 'klines'];
    };
    await run(home, args(minuteLines(1440).join('\n')));
    const changed = args(minuteLines(1440, 0, '1.5').join('\n'));
    expect(await run(home, changed)).toMatchObject({ exit: 8, result: { failures: [{ code: 'SOURCE_CONFLICT' }] } });
    expect((await run(home, [...changed, '--replace'])).result.written).toHaveLength(1);
  });

  it('fetches into the layout of Binance, and tells what is not published', async () => {
    const upstream = tempDir();
    await run(upstream, SAMPLE);
    const { url } = await serveVision(homePaths(upstream).vision);
    const home = tempDir();
    const range = ['--from', '2024-12-31', '--to', '2025-01-02'];
    const args = ['fetch', '--symbol', 'BTCUSDT', '--type', 'klines', '--interval', '1m', ...range, '--base-url', url];
    const { result, exit } = await run(home, args);
    expect(exit).toBe(6);
    expect(result.fetched).toHaveLength(2);
    expect(result.failures).toMatchObject([{ code: 'NOT_PUBLISHED', where: expect.stringContaining('2025-01-02') }]);
    expect((await run(home, args)).result).toMatchObject({
      fetched: [],
      present: expect.arrayContaining(result.fetched),
    });
    expect((await run(home, ['import'])).result.written).toHaveLength(2);
  });

  it('wants an interval for candles', async () => {
    const args = ['fetch', '--symbol', 'X', '--type', 'klines', '--from', '2024-01-01', '--to', '2024-01-01'];
    await expect(run(tempDir(), args)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('finds tapes that are damaged and tapes whose source Binance has replaced', async () => {
    const home = tempDir();
    await run(home, SAMPLE);
    await run(home, ['import']);
    const { tapes } = homePaths(home);
    const [first, second] = listTapes(tapes);
    const file = path.join(tapes, first?.path ?? '');
    const bytes = readFileSync(file);
    bytes.fill(0x55, 2000, 2600);
    writeFileSync(file, bytes);
    if (second?.found.state !== 'good') throw new Error('the second tape is not good');
    const { sourceSha256, source } = second.found.manifest;
    const name = path.basename(source);
    mkdirSync(path.join(home, 'lists'));
    const list = path.join(home, 'lists/updates.csv');
    const header = 'File Path,Original File Checksum,New File Checksum';
    writeFileSync(list, `${header}\n/${source},${sourceSha256}  ${name},${'a'.repeat(64)}  ${name}\n`);
    const { result, exit } = await run(home, ['verify', '--updates', list]);
    expect(exit).toBe(7);
    expect(result.findings).toMatchObject([
      { kind: 'damaged', path: first?.path },
      { kind: 'replaced', path: second.path, newSha256: 'a'.repeat(64) },
    ]);
  });
});

describe('paths of archives', () => {
  it('are those of Binance Vision', () => {
    const day = { symbol: 'BTCUSDT', period: '2024-01-01' };
    expect(visionPath({ ...day, market: 'spot', type: 'klines', interval: '1m' })).toBe(
      'data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip',
    );
    expect(visionPath({ ...day, market: 'um', type: 'metrics' })).toBe(
      'data/futures/um/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-01-01.zip',
    );
    expect(
      visionPath({ market: 'cm', type: 'klines', symbol: 'BTCUSD_PERP', interval: '1mo', period: '2024-01' }),
    ).toBe('data/futures/cm/monthly/klines/BTCUSD_PERP/1mo/BTCUSD_PERP-1mo-2024-01.zip');
  });
});
