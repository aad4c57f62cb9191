import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { planTapes } from '../../src/tape/plan.ts';
import { minuteLines, writeCsv } from '../market/csv-file.ts';
import { writeTapeFixture } from '../support/tape-fixture.ts';
import { tempDir } from '../support/temp-dir.ts';
import { importOne } from './rows.ts';

const at = (text: string): number => Date.parse(`${text}Z`);

function plan(tapesDir: string, topic: string, from: string, to: string) {
  const planned = planTapes({ tapesDir, market: 'spot', topics: [topic], from: at(from), to: at(to) });
  return {
    paths: planned.topics[0]?.tapes.map((tape) => path.basename(tape.path, '.arrow')),
    missing: planned.missing.map(({ period }) => period),
    gaps: planned.gaps,
  };
}

/** Tapes with one row each, at the close of a bar that opens at a time. */
function writeTapes(topic: string, rows: Readonly<Record<string, string>>): string {
  const tapesDir = tempDir();
  for (const [period, close] of Object.entries(rows)) {
    writeTapeFixture({ tapesDir, topic, period, rows: [{ timeUs: at(close) * 1000, json: '{}' }] });
  }
  return tapesDir;
}

describe('a plan', () => {
  it('has the topics in the order of the stream, each once, also without any tape', () => {
    const topics = ['metrics.B', 'klines.B.1m', 'trades.Z', 'klines.A.1m', 'trades.Z'];
    const { topics: planned, missing } = planTapes({
      tapesDir: tempDir(),
      market: 'spot',
      topics,
      from: at('2024-01-01T00:00:00'),
      to: at('2024-01-02T00:00:00'),
    });
    expect(planned).toEqual(
      ['trades.Z', 'klines.A.1m', 'klines.B.1m', 'metrics.B'].map((topic) => ({ topic, tapes: [] })),
    );
    expect(missing).toHaveLength(4);
  });

  it('takes the days that overlap the range, and names those that are missing', () => {
    const dir = writeTapes('trades.X', {
      '2024-01-01': '2024-01-01T10:00:00',
      '2024-01-03': '2024-01-03T10:00:00',
      '2024-01-04': '2024-01-04T10:00:00',
    });
    expect(plan(dir, 'trades.X', '2024-01-01T12:00:00', '2024-01-04T00:00:00')).toEqual({
      paths: ['2024-01-01', '2024-01-03'],
      missing: ['2024-01-02'],
      gaps: [{ topic: 'trades.X', from: at('2024-01-02T00:00:00'), to: at('2024-01-03T00:00:00'), kind: 'missing' }],
    });
  });

  it('does not ask for a day whose only candle closes after the range', () => {
    const dir = tempDir();
    expect(plan(dir, 'klines.X.1d', '2024-01-01T00:00:00', '2024-01-02T12:00:00').missing).toEqual(['2024-01-01']);
    expect(plan(dir, 'klines.X.1d', '2024-01-01T00:00:00', '2024-01-03T00:00:00').missing).toHaveLength(2);
  });

  it('takes the month before when its last week closes within the range', () => {
    // The week of Monday 2024-01-29 closes on 2024-02-04.
    const dir = writeTapes('klines.X.1w', {
      '2024-01': '2024-02-04T23:59:59.999',
      '2024-02': '2024-03-03T23:59:59.999',
    });
    expect(plan(dir, 'klines.X.1w', '2024-02-01T00:00:00', '2024-02-05T00:00:00')).toEqual({
      paths: ['2024-01'],
      missing: [],
      gaps: [],
    });
    expect(plan(dir, 'klines.X.1w', '2024-02-05T00:00:00', '2024-03-04T00:00:00').paths).toEqual(['2024-02']);
  });

  it('knows that candles of a month close at its end', () => {
    const dir = tempDir();
    expect(plan(dir, 'klines.X.1mo', '2024-02-01T00:00:00', '2024-03-01T00:00:00').missing).toEqual(['2024-02']);
    expect(plan(dir, 'klines.X.1mo', '2024-02-01T00:00:00', '2024-02-29T00:00:00').missing).toEqual([]);
  });

  it('takes a day whose last row lies at the next midnight', () => {
    const dir = writeTapes('metrics.X', { '2024-01-01': '2024-01-02T00:00:00', '2024-01-02': '2024-01-02T10:00:00' });
    expect(plan(dir, 'metrics.X', '2024-01-02T00:00:00', '2024-01-03T00:00:00').paths).toEqual([
      '2024-01-01',
      '2024-01-02',
    ]);
  });

  it('calls a late first bar a gap only where the day before has a tape', async () => {
    const dir = tempDir();
    const late = writeCsv(dir, minuteLines(1380, 60).join('\n'), 'BTCUSDT-1m-2024-01-01.csv');
    await importOne(dir, late, { market: 'spot', type: 'klines' });
    const day = ['2024-01-01T00:00:00', '2024-01-02T00:00:00'] as const;
    expect(plan(dir, 'klines.BTCUSDT.1m', ...day).gaps).toEqual([]);
    const before = writeCsv(dir, minuteLines(1440, -1440).join('\n'), 'BTCUSDT-1m-2023-12-31.csv');
    await importOne(dir, before, { market: 'spot', type: 'klines' });
    expect(plan(dir, 'klines.BTCUSDT.1m', ...day).gaps).toEqual([
      { topic: 'klines.BTCUSDT.1m', from: at(day[0]), to: at('2024-01-01T01:00:00'), kind: 'absent' },
    ]);
  });

  it('clips gaps to the range', async () => {
    const dir = tempDir();
    const lines = [...minuteLines(600), ...minuteLines(720, 720)];
    await importOne(dir, writeCsv(dir, lines.join('\n')), { market: 'spot', type: 'klines' });
    expect(plan(dir, 'klines.BTCUSDT.1m', '2024-01-01T11:00:00', '2024-01-02T00:00:00').gaps).toEqual([
      {
        topic: 'klines.BTCUSDT.1m',
        from: at('2024-01-01T11:00:00'),
        to: at('2024-01-01T12:00:00'),
        kind: 'absent',
      },
    ]);
  });
});
