import { describe, expect, it } from 'vitest';
import { Batch } from '../../sdk/typescript/src/batch.ts';
import { hasNumbers, Position, withoutNumbers } from '../../sdk/typescript/src/position.ts';
import { rowLines, textOf } from './scripted-aegis.ts';

const lines = (from: number, to: number, numbers = true) => Buffer.from(textOf(rowLines(from, to, { numbers })));

function started(from: number, given: number): Position {
  const position = new Position('resume');
  position.state({ status: 'ok', run: 1, from, given });
  return position;
}

describe('the position of a component on the TypeScript SDK', () => {
  it('is what its recovery says when the process is new', () => {
    expect(new Position('resume').claim()).toEqual({ from: 'next' });
    expect(new Position('replay').claim()).toEqual({ from: 'start' });
    expect(new Position('resume', { run: 2, from: 7 }).claim()).toEqual({ run: 2, from: 7 });
  });

  it('is the next row of the run when it has rows, and the start after REBORN', () => {
    const position = started(0, 0);
    position.take(lines(0, 5));
    expect(position.claim()).toEqual({ from: 5, run: 1 });
    position.beginRun();
    expect(position.claim()).toEqual({ from: 'start' });
  });

  it('drops rows that are there, and does not pass over a missing one', () => {
    const position = started(0, 0);
    position.take(lines(0, 5));
    expect(position.take(lines(2, 5))).toEqual([]);
    const [batch] = position.take(lines(3, 8));
    expect(batch).toMatchObject({ seq: 5, nextSeq: 8, length: 3 });
    expect(batch?.lines.equals(lines(5, 8))).toBe(true);
    expect(() => position.take(lines(9, 10))).toThrow('row 8 was to come, and row 9 came');
  });

  it('splits a batch where the rows begin that were never given', () => {
    const position = started(10, 14);
    expect(position.replaying).toBe(true);
    const [again, fresh] = position.take(lines(10, 20));
    expect(again).toMatchObject({ replayed: true, seq: 10, nextSeq: 14 });
    expect(fresh).toMatchObject({ replayed: false, seq: 14, nextSeq: 20 });
    expect(Buffer.concat([again?.lines ?? lines(0, 0), fresh?.lines ?? lines(0, 0)]).equals(lines(10, 20))).toBe(true);
    expect(
      started(10, 14)
        .take(lines(10, 14))
        .map(({ replayed }) => replayed),
    ).toEqual([true]);
  });

  it.each([
    [0, 8],
    [8, 12],
    [95, 1_005],
  ])('takes the numbers out of rows %s to %s', (from, to) => {
    const batch = new Batch(lines(from, to), { run: 1, seq: from });
    expect(withoutNumbers(batch).toString()).toBe(lines(from, to, false).toString());
    expect(hasNumbers(lines(from, to))).toBe(true);
    expect(hasNumbers(lines(from, to, false))).toBe(false);
    expect([...batch].map(({ seq }) => seq)).toEqual(Array.from({ length: to - from }, (_, n) => from + n));
  });
});
