import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KlineSeries } from '../../../src/market/binance/series/kline-series.ts';
import { kline } from './events.ts';
import { RecordingPort } from './recording-port.ts';

const MINUTE = 60_000;
const FIRST = 100;

/** What comes of one bar of the exchange. */
const fate = fc.record({
  /** The market was up. */
  exists: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
  /** ms after its start at which an open frame comes. */
  openFrame: fc.option(fc.integer({ min: 0, max: 59_000 }), { nil: undefined }),
  /** ms after its end at which its last frame comes. */
  closedFrame: fc.option(fc.integer({ min: 250, max: 8_000 }), { nil: undefined, freq: 4 }),
  twice: fc.boolean(),
});

const scenario = fc.record({
  fates: fc.array(fate, { minLength: 2, maxLength: 40, size: 'max' }),
  /** Times at which REST refuses, ms from the beginning. */
  refusals: fc.array(fc.nat(40 * MINUTE), { maxLength: 4 }),
  clockAheadMs: fc.constantFrom(0, -1_300, 20_000, 70_000),
});

describe('closed bars, whatever happens on the way', () => {
  it('come in order, each that exists once; only those that do not exist, or were refused, are lost', () => {
    const sums = { rows: 0, lost: 0, filled: 0 };
    fc.assert(
      fc.property(scenario, ({ fates, refusals, clockAheadMs }) => {
        const port = new RecordingPort();
        const series = new KlineSeries({ topic: 'klines.X.1m', symbol: 'X', interval: '1m', port });
        const bar = (n: number, closed: boolean) =>
          kline({ openTime: n * MINUTE, closeTime: (n + 1) * MINUTE - 1, closed });
        const exists = (n: number) => fates[n - FIRST]?.exists === true;
        const end = FIRST + fates.length;
        // A last bar that comes for sure.
        const frames = [{ at: (end + 1) * MINUTE + 500, event: bar(end, true) }];
        for (const [index, { openFrame, closedFrame, twice }] of fates.entries()) {
          const n = FIRST + index;
          if (!exists(n)) continue;
          if (openFrame !== undefined) frames.push({ at: n * MINUTE + openFrame, event: bar(n, false) });
          if (closedFrame === undefined) continue;
          frames.push({ at: (n + 1) * MINUTE + closedFrame, event: bar(n, true) });
          if (twice) frames.push({ at: (n + 1) * MINUTE + closedFrame + 300, event: bar(n, true) });
        }
        frames.sort((a, b) => a.at - b.at);
        series.resume((FIRST - 1) * MINUTE);
        let wasRefused = false;
        let served = 0;
        let next = 0;
        for (let time = FIRST * MINUTE; time < (end + 2) * MINUTE; time += 250) {
          const now = time + clockAheadMs;
          for (; (frames[next]?.at ?? Number.POSITIVE_INFINITY) <= time; next++) {
            const frame = frames[next];
            if (frame !== undefined) series.take(frame.event, now);
          }
          series.tick(now);
          const request = port.requests[served];
          if (request?.type !== 'klines') continue;
          served++;
          if (refusals.some((at) => Math.abs(at + FIRST * MINUTE - time) < 15_000)) {
            wasRefused = true;
            series.failed('refused', now);
            continue;
          }
          const bars = [];
          for (let n = request.from / MINUTE; n <= request.to / MINUTE; n++) {
            // REST has what is over.
            if ((exists(n) || n === end) && (n + 1) * MINUTE <= time) bars.push(bar(n, true));
          }
          series.fetched(bars, true, now);
        }
        const rows = port.numbers('open_time').map((at) => at / MINUTE);
        const lost = port.statuses.flatMap((each) =>
          each.kind === 'gap' && each.state === 'lost' ? range(each.from / MINUTE, each.to / MINUTE) : [],
        );
        expect(rows).toEqual([...rows].sort((a, b) => a - b));
        expect([...rows, ...lost].sort((a, b) => a - b)).toEqual(range(FIRST, end));
        if (!wasRefused) expect(lost.filter(exists)).toEqual([]);
        sums.rows += rows.length;
        sums.lost += lost.length;
        sums.filled += port.gaps().filter((text) => text.startsWith('filled')).length;
      }),
      { numRuns: 150 },
    );
    for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(100);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
