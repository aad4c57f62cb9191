import { describe, expect, it } from 'vitest';
import { TopicGroup } from '../../src/gateway/data/topic-group.ts';
import { runWord } from '../../src/model/wire/order.ts';

type Slice = Parameters<TopicGroup['take']>[0];

/** A slice with `rows` rows of 10 bytes of the first topic; `ts` is the time of its last row. */
function slice(firstSeq: number, rows: number, ts: number): Slice {
  const lines = Buffer.from('123456789\n'.repeat(rows));
  const order = new Uint32Array([runWord(0, lines.length)]);
  const clock = { epoch: 1, slice: 0, firstSeq, rows, ts, topics: [0], counts: [rows], order, end: false };
  return { clock, lines: [lines] };
}

describe('how far a component is behind the clock of its stream', () => {
  it('is nothing before the first slice and when everything is taken', () => {
    const group = new TopicGroup([0], 0);
    expect(group.lag(0)).toEqual({ rows: 0, ms: 0 });
    group.take(slice(0, 5, 1_000));
    expect(group.lag(50)).toEqual({ rows: 0, ms: 0 });
  });

  it('counts from the slice in which it is: the rows of that one and all later ones, and their time', () => {
    const group = new TopicGroup([0], 0);
    group.take(slice(0, 5, 1_000));
    group.take(slice(5, 3, 2_500));
    group.take(slice(8, 2, 4_000));
    // In the first slice nothing is known of the time before it.
    expect(group.lag(0)).toEqual({ rows: 10, ms: 3_000 });
    expect(group.lag(49)).toEqual({ rows: 10, ms: 3_000 });
    expect(group.lag(50)).toEqual({ rows: 5, ms: 3_000 });
    expect(group.lag(85)).toEqual({ rows: 2, ms: 1_500 });
    expect(group.lag(100)).toEqual({ rows: 0, ms: 0 });
  });

  it('is each one its own: what others have taken does not count', () => {
    const group = new TopicGroup([0], 0);
    group.take(slice(0, 5, 1_000));
    group.take(slice(5, 5, 2_000));
    group.release(50);
    expect(group.lag(50)).toEqual({ rows: 5, ms: 1_000 });
    expect(group.lag(100)).toEqual({ rows: 0, ms: 0 });
  });

  it('grows with slices that have rows of other topics alone', () => {
    const group = new TopicGroup([1], 0);
    const own = slice(0, 4, 1_000);
    const lines = own.lines[0];
    const order = new Uint32Array([runWord(1, lines?.length ?? 0)]);
    group.take({ clock: { ...own.clock, topics: [1], order }, lines: [undefined, lines] });
    group.take(slice(4, 6, 9_000));
    expect(group.lag(0)).toEqual({ rows: 4, ms: 8_000 });
  });

  it('begins anew when the stream is given again from an earlier point', () => {
    const group = new TopicGroup([0], 0);
    group.take(slice(0, 5, 1_000));
    group.restart(group.origin);
    expect(group.lag(0)).toEqual({ rows: 0, ms: 0 });
    group.take(slice(0, 5, 1_000));
    expect(group.lag(0)).toEqual({ rows: 5, ms: 0 });
  });
});
