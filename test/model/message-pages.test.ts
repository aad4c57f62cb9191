import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessagePages, type PagedMessage } from '../../src/model/wire/message-pages.ts';

const SUBJECTS = ['aegis.s.trades.BTCUSDT', 'aegis.s.trades.ETHUSDT', 'aegis.s.klines.BTCUSDT.1m'];

function message(seq: number, rows: number, bytes: number): PagedMessage {
  const subject = SUBJECTS[seq % SUBJECTS.length] ?? '';
  return { subject, payload: Buffer.alloc(bytes, `${seq}`), at: { run: 2, epoch: 7, seq, rows, ts: 1e12 + seq } };
}

describe('messages in pages', () => {
  it('are what a list of them would be, whatever is pushed, dropped and cleared', () => {
    const push = fc.record({
      // Enough for several pages, and now and then one that is larger than a page.
      count: fc.integer({ min: 1, max: 700 }),
      bytes: fc.oneof({ weight: 9, arbitrary: fc.nat(400) }, { weight: 1, arbitrary: fc.integer({ max: 300_000 }) }),
      rows: fc.integer({ min: 0, max: 3 }),
    });
    const drop = fc.record({ drop: fc.nat(900) });
    const step = fc.oneof(
      { weight: 6, arbitrary: push },
      { weight: 3, arbitrary: drop },
      fc.constant('clear' as const),
    );
    let pages = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const paged = new MessagePages();
        let list: { readonly message: PagedMessage; readonly note: number }[] = [];
        let [seq, pushed] = [0, 0];
        for (const action of steps) {
          if (action === 'clear') {
            paged.clear();
            list = [];
          } else if ('drop' in action) {
            for (let count = 0; count < action.drop; count++) paged.drop();
            list = list.slice(action.drop);
          } else {
            for (let count = 0; count < Math.min(action.count, Math.ceil(2e6 / (action.bytes + 1))); count++) {
              const next = message(seq, action.rows, Math.max(0, action.bytes));
              paged.push(next, pushed);
              list.push({ message: next, note: pushed });
              seq += action.rows;
              pushed += 1;
            }
          }
          expect([paged.begin, paged.end]).toEqual([pushed - list.length, pushed]);
          for (const index of new Set([0, Math.floor(list.length / 2), list.length - 1])) check(paged, list, index);
          const wanted = Math.floor(seq / 2);
          const first = list.findIndex(({ message: { at } }) => at.seq + at.rows > wanted);
          expect(paged.placeAfter(wanted)).toBe(first < 0 ? paged.end : paged.begin + first);
        }
        pages += list.length;
      }),
      { numRuns: 40 },
    );
    expect(pages).toBeGreaterThan(2_000);
  });

  it('have nothing before the first place and after the last one', () => {
    const paged = new MessagePages();
    paged.drop();
    paged.push(message(5, 1, 10));
    for (const place of [-1, 1]) {
      expect(paged.at(place)).toBeUndefined();
      expect([paged.seqAt(place), paged.endSeqAt(place), paged.noteAt(place)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(paged.bytesAt(place)).toBe(0);
    }
  });

  it('do not change when the memory of what was pushed does', () => {
    const paged = new MessagePages();
    const pushed = message(5, 1, 10);
    paged.push(pushed);
    pushed.payload.fill(0);
    expect(paged.at(0)).toEqual(message(5, 1, 10));
  });
});

function check(
  paged: MessagePages,
  list: readonly { readonly message: PagedMessage; readonly note: number }[],
  index: number,
): void {
  const expected = list[index];
  const place = paged.begin + index;
  if (expected === undefined) return;
  const { message: kept, note } = expected;
  expect(paged.at(place)).toEqual(kept);
  expect(paged.seqAt(place)).toBe(kept.at.seq);
  expect(paged.endSeqAt(place)).toBe(kept.at.seq + kept.at.rows);
  expect(paged.bytesAt(place)).toBe(kept.payload.length);
  expect(paged.noteAt(place)).toBe(note);
}
