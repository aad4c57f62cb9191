import { describe, expect, it } from 'vitest';
import { ClockSkew } from '../../../src/market/binance/socket/clock-skew.ts';
import { wallClock } from '../../../src/market/binance/socket/wall-clock.ts';

/** A sample in which the exchange's clock is `offset` ahead, and the answer took `roundTrip`. */
function sample(offset: number, roundTrip = 100, sentMs = 1_000_000) {
  return { sentMs, serverMs: sentMs + roundTrip / 2 + offset, receivedMs: sentMs + roundTrip };
}

describe('the offset of the clock', () => {
  it('is the median: one slow answer and one from a cache do not count', () => {
    const skew = new ClockSkew();
    for (const each of [sample(20), sample(-133_200_000), sample(30), sample(900, 2_000), sample(25)]) skew.add(each);
    expect(skew.estimate).toEqual({ offsetMs: 25, roundTripMs: 100 });
  });

  it('is told when it is more than a second, when it has changed, and when it is right again', () => {
    const skew = new ClockSkew();
    const told = [500, 1_270, 1_275, 1_280, 1_290, 5_000, 5_010, 5_020, 5_030, 5_040, 5_050]
      .map((offset) => skew.add(sample(offset))?.offsetMs)
      .filter((offset) => offset !== undefined);
    expect(told).toEqual([1_270, 5_000]);
    const again = Array.from({ length: 9 }, () => skew.add(sample(3))?.offsetMs).filter((each) => each !== undefined);
    expect(again).toEqual([3]);
  });

  it('does not come from an answer before its question', () => {
    const skew = new ClockSkew();
    expect(skew.add(sample(5_000, -10))).toBeUndefined();
    expect(skew.estimate).toBeUndefined();
  });
});

describe('the wall clock', () => {
  it('stays with the system clock and never stands still for a millisecond', () => {
    const times = Array.from({ length: 1_000 }, () => [wallClock(), Date.now()] as const);
    expect(times.every(([fine, coarse]) => Math.abs(fine - coarse) <= 3)).toBe(true);
    expect(times.some(([fine]) => !Number.isInteger(fine))).toBe(true);
  });
});
