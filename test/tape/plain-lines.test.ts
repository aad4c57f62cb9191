import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiveContent } from '../../src/market/binance/archive/archive-ref.ts';
import { withFormat } from '../../src/market/binance/archive/format/index.ts';
import { linePlan } from '../../src/market/binance/archive/line-plan.ts';
import { readArchive } from '../../src/market/binance/archive/read-archive.ts';
import { AegisError } from '../../src/model/errors.ts';
import type { TapeManifest } from '../../src/tape/manifest.ts';
import { TapeWriter } from '../../src/tape/writer.ts';
import { writeCsv } from '../market/csv-file.ts';
import { tempDir } from '../support/temp-dir.ts';
import { importOne, readTopic } from './rows.ts';

const SPOT_AGG = { market: 'spot', type: 'aggTrades', symbol: 'BTCUSDT' } as const;
const MANIFEST: TapeManifest = {
  version: 1,
  ...SPOT_AGG,
  period: '2025-01-01',
  source: 'test',
  sourceSha256: '0'.repeat(64),
  rows: 1,
  firstTime: 0,
  lastTime: 0,
  contentSha256: '0'.repeat(64),
  part: 0,
  lastPart: true,
  gaps: [],
  warnings: [],
};

interface Written {
  /** Of the whole file, in hex; undefined where the rows were refused. */
  readonly tape?: string;
  readonly refusal?: object;
  /** Rows that became no record. */
  readonly asLines: number;
}

/** Makes a tape of a CSV file, by records only or with plain lines as lines. */
async function write(file: string, content: ArchiveContent, asLines: boolean): Promise<Written> {
  const tape = path.join(tempDir(), 'tape.arrow');
  let lines = 0;
  return withFormat<Promise<Written>>(content.type, {
    visit: async (format) => {
      const plan = asLines ? linePlan(format, content) : undefined;
      const writer = new TapeWriter(tape, format.tapeColumns, plan);
      const take = () => {
        writer.appendLine();
        lines++;
        return true;
      };
      try {
        await readArchive({
          archive: { file, content, source: 'test' },
          format,
          onRow: (record, timeUs) => {
            if (record !== undefined) writer.append(timeUs, format.render(record), record);
          },
          ...(plan === undefined ? {} : { plain: { line: plan.line, take } }),
        });
        writer.finish((made) => ({ ...MANIFEST, ...made }));
        return { tape: readFileSync(tape, 'hex'), asLines: lines };
      } catch (error) {
        writer.abort();
        if (AegisError.is(error)) return { refusal: error.toJSON(), asLines: lines };
        // The tape's own refusal of a time that goes back names its path.
        if (error instanceof RangeError)
          return { refusal: { message: error.message.split(' in ')[0] }, asLines: lines };
        throw error;
      }
    },
  });
}

const digits = (max: number) => fc.stringMatching(/^\d+$/).map((text) => text.slice(0, max));
const decimal = fc.oneof(
  { weight: 30, arbitrary: fc.tuple(fc.nat(200_000), digits(8)).map(([whole, fraction]) => `${whole}.${fraction}`) },
  { weight: 4, arbitrary: fc.tuple(digits(20), digits(25)).map(([whole, fraction]) => `${whole}.${fraction}`) },
  { weight: 4, arbitrary: fc.nat().map(String) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, min: 0 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('5.', '007.50', '-1.5', '+2', '-0.00', '0', '0.0', '0.00000000', '1e400') },
  { weight: 1, arbitrary: fc.constantFrom('', '.', '.5', '1.2.3', 'NaN', '1,5', 'é', '12 ', '\t1', '\u00001', '0x1') },
);
const integer = fc.oneof(
  { weight: 30, arbitrary: fc.nat().map(String) },
  { weight: 2, arbitrary: fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('0', '00', '0123', '', '-1', '1.0', '1e3', '99999999999999999999', 'é') },
);
const bool = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('True', 'False', 'true', 'false') },
  { weight: 1, arbitrary: fc.constantFrom('TRUE', 'fALSE', 'truе', 'tru', 'truee', '1', '', 'Tr\u0055e') },
);
const unread = fc.constantFrom('0', 'True', '', 'é', 'x\ry', '"', '1"2"');
/** What is added to the time of the row before, and what is done to its text. */
const time = fc.record({
  step: fc.oneof({ weight: 20, arbitrary: fc.nat(2000) }, { weight: 1, arbitrary: fc.constantFrom(-1, 86_400_000) }),
  form: fc.oneof(
    { weight: 60, arbitrary: fc.constant((text: string) => text) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        (text: string) => `0${text}`,
        (text: string) => text.slice(0, -3),
        (text: string) => `${text}000`,
        (text: string) => `${text}.5`,
        () => '',
      ),
    },
  ),
});
const lineEnd = fc.oneof(
  { weight: 30, arbitrary: fc.constant('\n') },
  { weight: 3, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom(',\n', '\n\n', '\r\r\n', ',0\n', '') },
);

type Kind = 'integer' | 'decimal' | 'bool' | 'time' | 'unread';
type Line = { readonly fields: readonly (string | { step: number; form: (text: string) => string })[]; end: string };
const FIELDS = { integer, decimal, bool, time, unread: fc.oneof({ weight: 20, arbitrary: fc.constant('0') }, unread) };

function csv(kinds: readonly Kind[], header: string) {
  const line = fc.record({ fields: fc.tuple(...kinds.map((kind) => FIELDS[kind])), end: lineEnd });
  return fc
    .record({
      lines: fc.array(line, { minLength: 1, maxLength: 25 }),
      microseconds: fc.boolean(),
      top: fc.oneof(
        { weight: 3, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom(header, '\ufeff') },
      ),
    })
    .map(
      ({ lines, microseconds, top }) =>
        top + lines.reduce(appendLine(microseconds ? 1000 : 1), { text: '', at: T0 }).text,
    );
}

const T0 = Date.UTC(2025, 0, 1);

function appendLine(unit: number) {
  return ({ text, at }: { text: string; at: number }, { fields, end }: Line) => {
    let now = at;
    const texts = fields.map((field) => {
      if (typeof field === 'string') return field;
      now += field.step;
      return field.form(String(now * unit));
    });
    return { text: `${text}${texts.join(',')}${end}`, at: now };
  };
}

const TRADE: readonly Kind[] = ['integer', 'decimal', 'decimal', 'decimal', 'time', 'bool'];
const AGG_TRADE: readonly Kind[] = ['integer', 'decimal', 'decimal', 'integer', 'integer', 'time', 'bool'];
const KLINE: readonly Kind[] = [
  'time',
  ...Array<Kind>(5).fill('decimal'),
  'time',
  'decimal',
  'integer',
  'decimal',
  'decimal',
  'unread',
];

describe('a tape made of lines', () => {
  it.each([
    { content: SPOT_AGG, kinds: [...AGG_TRADE, 'unread'] as const },
    { content: { market: 'um', type: 'aggTrades', symbol: 'ETHUSDT' }, kinds: AGG_TRADE },
    { content: { market: 'spot', type: 'trades', symbol: 'X' }, kinds: [...TRADE, 'unread'] as const },
    { content: { market: 'cm', type: 'trades', symbol: 'BTCUSD_PERP' }, kinds: TRADE },
    { content: { market: 'spot', type: 'klines', symbol: 'X', interval: '1m' }, kinds: KLINE },
  ] as const)(
    '$content.market $content.type: is byte for byte the tape made of records, or the same refusal',
    async ({ content, kinds }) => {
      const file = path.join(tempDir(), 'archive.csv');
      let [taken, tapes, refusals] = [0, 0, 0];
      await fc.assert(
        fc.asyncProperty(csv(kinds, `${'a,'.repeat(kinds.length)}\n`), async (text) => {
          writeFileSync(file, text);
          const { asLines, ...byLines } = await write(file, content, true);
          const { asLines: none, ...byRecords } = await write(file, content, false);
          expect(byLines).toEqual(byRecords);
          expect(none).toBe(0);
          taken += asLines;
          if (byLines.tape === undefined) refusals++;
          else tapes++;
        }),
        { numRuns: 60 },
      );
      expect(Math.min(taken, tapes, refusals)).toBeGreaterThan(0);
    },
  );

  it('candles with holes, early ends and repetitions: has the gaps, warnings and refusals of records', async () => {
    const bar = fc.record({
      // Minutes after the bar before it: mostly the next one, so that days end and begin in between.
      step: fc.oneof(
        { weight: 20, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.integer({ min: 0, max: 900 }) },
      ),
      length: fc.oneof({ weight: 30, arbitrary: fc.constant(60_000) }, { weight: 1, arbitrary: fc.nat(61_000) }),
    });
    const threeBars = (step: number, length: number) => [0, 1, 2].map(() => ({ step, length }));
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(bar, { minLength: 2, maxLength: 30 }), fc.nat(1440), async (bars, minute) => {
        let open = Date.UTC(2024, 0, 1) + minute * 60_000;
        const rows = bars.map(({ step, length }) => {
          open += step * 60_000;
          return `${open},1.0,1.0,1.0,1.0,0.50,${open + length - 1},0.50,7,0.50,0.50,0`;
        });
        const plain = await importMonth(rows);
        // Quoted, every line becomes a record.
        const quoted = await importMonth(rows.map((row) => row.replaceAll(/[^,]+/g, '"$&"')));
        expect(plain).toEqual(quoted);
        outcomes.add(typeof plain === 'string' ? 'refused' : `${plain.manifests.length}`);
      }),
      // What the outcomes below need does not depend on chance.
      {
        numRuns: 60,
        examples: [
          [threeBars(1, 61_000), 0],
          [threeBars(1, 60_000), 0],
          [threeBars(720, 60_000), 0],
        ],
      },
    );
    expect([...outcomes].sort()).toEqual(expect.arrayContaining(['1', '2', 'refused']));
  });
});

/** What comes of a month of candles, but for the name and hash of its file; the text and place of a refusal. */
async function importMonth(rows: readonly string[]) {
  const dir = tempDir();
  const file = writeCsv(dir, rows.join('\n'), 'BTCUSDT-1m-2024-01.csv');
  try {
    await importOne(dir, file, { market: 'spot', type: 'klines' });
  } catch (error) {
    if (AegisError.is(error)) return `${error.message} ${error.where?.slice(file.length)}`;
    throw error;
  }
  const topic = readTopic(dir, 'klines.BTCUSDT.1m');
  return { ...topic, manifests: topic.manifests.map((manifest) => ({ ...manifest, sourceSha256: '' })) };
}
