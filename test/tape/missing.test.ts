import { describe, expect, it } from 'vitest';
import { fetchCommand, missingRanges, rangeText } from '../../src/tape/missing.ts';

const days = (topic: string, ...periods: string[]) => periods.map((period) => ({ topic, period }));

describe('what a plan misses', () => {
  it('is told in ranges of days that follow each other, over the ends of months and years', () => {
    const missing = [
      ...days('trades.BTCUSDT', '2023-12-31', '2024-01-01', '2024-01-02', '2024-01-04'),
      ...days('trades.ETHUSDT', '2024-01-05'),
    ];
    expect(missingRanges(missing).map(rangeText)).toEqual([
      'trades.BTCUSDT 2023-12-31 to 2024-01-02',
      'trades.BTCUSDT 2024-01-04',
      'trades.ETHUSDT 2024-01-05',
    ]);
    expect(missingRanges(missing).map(({ periods }) => periods)).toEqual([3, 1, 1]);
  });

  it('is told in months for candles that have a tape a month', () => {
    expect(missingRanges(days('klines.BTCUSDT.1w', '2023-12', '2024-01', '2024-03')).map(rangeText)).toEqual([
      'klines.BTCUSDT.1w 2023-12 to 2024-01',
      'klines.BTCUSDT.1w 2024-03',
    ]);
  });

  it('names the command that fetches it', () => {
    const [range] = missingRanges(days('klines.BTCUSDT.1m', '2024-01-01', '2024-01-02'));
    expect(range && fetchCommand('um', range)).toBe(
      'aegisctl data fetch --market futures --symbol BTCUSDT --type klines --interval 1m --from 2024-01-01 --to 2024-01-02',
    );
  });
});
