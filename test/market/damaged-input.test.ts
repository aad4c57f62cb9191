import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listTapes } from '../../src/tape/catalog.ts';
import { tempDir } from '../support/temp-dir.ts';
import { importOne, readTopic } from '../tape/rows.ts';
import { minuteLines, writeCsv, writeZip } from './csv-file.ts';

const KLINES = { market: 'spot', type: 'klines' } as const;
const NAME = 'BTCUSDT-1m-2024-01-01';

/** A file whose import must fail, and a catalog that must not change by it. */
async function refused(write: (dir: string) => string | Promise<string>): Promise<{ error: unknown; file: string }> {
  const dir = tempDir();
  const tapesDir = path.join(dir, 'tape');
  await importOne(tapesDir, writeCsv(dir, minuteLines(3, -1440).join('\n'), 'BTCUSDT-1m-2023-12-31.csv'), KLINES);
  const before = listTapes(tapesDir);
  expect(before).toHaveLength(1);
  const file = await write(path.join(dir, 'in'));
  const error = await importOne(tapesDir, file, KLINES).then(
    () => 'imported',
    (reason: unknown) => reason,
  );
  expect(listTapes(tapesDir)).toEqual(before);
  return { error, file };
}

function changed(lines: string[], line: number, change: (fields: string[]) => string[]): string {
  const fields = change((lines[line - 1] ?? '').split(','));
  return lines.with(line - 1, fields.join(',')).join('\n');
}

describe('damaged input is refused as a whole', () => {
  const lines = minuteLines(1440);
  const rows: [what: string, text: string, where: string][] = [
    ['a time rounded by a spreadsheet', changed(lines, 7, (f) => f.with(0, '1.70407E+12')), ':7:open_time'],
    ['the same in the first line', changed(lines, 1, (f) => f.with(0, '1.70407E+12')), ':1:open_time'],
    ['a missing column', changed(lines, 1200, (f) => f.slice(0, -1)), ':1200:ignore'],
    ['a column too many', changed(lines, 3, (f) => [...f, '0']), ':3:12'],
    ['a price that is no number', changed(lines, 3, (f) => f.with(4, 'n/a')), ':3:close'],
    ['an empty price', changed(lines, 3, (f) => f.with(4, '')), ':3:close'],
    ['a count with a fraction', changed(lines, 3, (f) => f.with(8, '7.5')), ':3:count'],
    ['a change of the time unit', changed(lines, 9, (f) => f.with(0, `${f[0]}000`)), ':9:open_time'],
    ['a bar that is there twice', [...lines.slice(0, 5), ...lines.slice(4)].join('\n'), ':6:open_time'],
    ['bars that go back in time', [...lines.slice(1), lines[0]].join('\n'), ':1440:open_time'],
    ['a bar of another day', [...lines, ...minuteLines(1, 1440)].join('\n'), ':1441:open_time'],
    ['a bar of another interval', changed(lines, 3, (f) => f.with(6, String(Number(f[6]) + 60_000))), ':3:close_time'],
    ['a quote that is not closed', changed(lines, 9, (f) => f.with(11, '"0')), ':1'],
    ['an empty line', `${lines[0]}\n\n${lines[1]}`, ':2:open_time'],
  ];
  it.each(rows)('%s', async (_, text, where) => {
    const { error, file } = await refused((dir) => writeCsv(dir, text));
    expect(error).toMatchObject({ code: 'ROW_INVALID', where: `${file}${where}`, exitCode: 7 });
  });

  it('a bad row in the last of 40,000 lines changes nothing, though many days came before it', async () => {
    const many = minuteLines(40_000);
    const { error, file } = await refused((dir) =>
      writeCsv(
        dir,
        changed(many, 40_000, (f) => f.with(5, '?')),
        'BTCUSDT-1m-2024-01.csv',
      ),
    );
    expect(error).toMatchObject({ code: 'ROW_INVALID', where: `${file}:40000:volume` });
  });

  it('an empty file', async () => {
    const { error, file } = await refused((dir) => writeCsv(dir, ''));
    expect(error).toMatchObject({ code: 'ARCHIVE_DAMAGED', where: file, message: 'the file is empty' });
  });

  it('a file with a header only', async () => {
    const { error, file } = await refused((dir) => writeCsv(dir, 'open_time,open,high,low\n'));
    expect(error).toMatchObject({ code: 'ARCHIVE_DAMAGED', where: file, message: expect.stringContaining('no rows') });
  });

  it('a directory in place of a file', async () => {
    const { error, file } = await refused((dir) => {
      mkdirSync(path.join(dir, `${NAME}.zip`), { recursive: true });
      return path.join(dir, `${NAME}.zip`);
    });
    expect(error).toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      where: file,
      message: expect.stringContaining('directory'),
    });
  });

  it('a file that is not there', async () => {
    const { error } = await refused((dir) => path.join(dir, `${NAME}.zip`));
    expect(error).toMatchObject({ code: 'DATA_NOT_FOUND', exitCode: 3 });
  });

  const zipped = (dir: string, checksum: boolean) =>
    writeZip(path.join(dir, `${NAME}.zip`), { entries: [{ name: `${NAME}.csv`, text: lines.join('\n') }], checksum });

  it.each([0.5, 0.9, 0.999])('a zip cut at %f of its length', async (share) => {
    const { error, file } = await refused(async (dir) => {
      const zip = await zipped(dir, false);
      truncateSync(zip, Math.floor(readFileSync(zip).length * share));
      return zip;
    });
    expect(error).toMatchObject({ code: 'ARCHIVE_DAMAGED', where: file });
  });

  it('a zip without checksum file whose content does not have its CRC', async () => {
    const { error, file } = await refused(async (dir) => {
      const zip = await zipped(dir, false);
      const bytes = readFileSync(zip);
      const directory = bytes.indexOf('PK\x01\x02', 0, 'latin1');
      bytes.writeUInt32LE(123, directory + 16);
      writeFileSync(zip, bytes);
      return zip;
    });
    expect(error).toMatchObject({ code: 'ARCHIVE_DAMAGED', where: file, message: expect.stringContaining('CRC') });
  });

  it.each(['not a checksum', '', `${'0'.repeat(64)}  ${NAME}.zip`, `${'0'.repeat(64)}  other.zip`])(
    'a zip whose checksum file says %j',
    async (text) => {
      const { error } = await refused(async (dir) => {
        const zip = await zipped(dir, false);
        writeFileSync(`${zip}.CHECKSUM`, text);
        return zip;
      });
      expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH', exitCode: 7 });
    },
  );

  it('a zip with two files names them both', async () => {
    const { error } = await refused((dir) =>
      writeZip(path.join(dir, `${NAME}.zip`), {
        entries: ['a.csv', 'b.csv'].map((name) => ({ name, text: lines.join('\n') })),
      }),
    );
    expect(error).toMatchObject({ code: 'ARCHIVE_DAMAGED', message: expect.stringContaining('a.csv, b.csv') });
  });
});

describe('harmless differences are accepted', () => {
  const plain = minuteLines(60);
  const header = 'open_time,open,high,low,close,volume,close_time,quote_volume,count,a,b,ignore';
  const forms: [what: string, text: string][] = [
    ['no final newline', plain.join('\n')],
    ['CRLF', `${plain.join('\r\n')}\r\n`],
    ['a header', `${[header, ...plain].join('\n')}\n`],
    ['a byte order mark', `\ufeff${plain.join('\n')}\n`],
    [
      'quoted fields',
      `${plain
        .map((line) =>
          line
            .split(',')
            .map((f) => `"${f}"`)
            .join(','),
        )
        .join('\n')}\n`,
    ],
    ['fewer trailing zeros', plain.join('\n').replaceAll('.50000000', '.5')],
  ];
  it.each(forms)('%s', async (_, text) => {
    const dir = tempDir();
    await importOne(path.join(dir, 'a'), writeCsv(dir, `${plain.join('\n')}\n`), KLINES);
    await importOne(path.join(dir, 'b'), writeCsv(dir, text), KLINES);
    const expected = readTopic(path.join(dir, 'a'), 'klines.BTCUSDT.1m').rows;
    expect(expected).toHaveLength(60);
    expect(readTopic(path.join(dir, 'b'), 'klines.BTCUSDT.1m').rows).toEqual(expected);
  });

  it('junk entries in a zip', async () => {
    const dir = tempDir();
    const zip = await writeZip(path.join(dir, `${NAME}.zip`), {
      entries: [
        { name: `__MACOSX/._${NAME}.csv`, text: 'junk' },
        { name: `${NAME}.csv`, text: plain.join('\n') },
      ],
    });
    expect(await importOne(dir, zip, KLINES)).toMatchObject({ rows: 60 });
    rmSync(zip);
  });
});
