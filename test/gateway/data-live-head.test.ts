import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveHead } from '../../src/gateway/data/live/live-head.ts';
import { type LiveMessage, linesFrom } from '../../src/gateway/data/live/live-message.ts';
import { LiveRing } from '../../src/gateway/data/live/live-ring.ts';
import { NoticeQueue } from '../../src/gateway/data/live/notice.ts';
import { decodeTail, encodeTail, TAIL_BYTES } from '../../src/model/wire/tail.ts';

/** `rows` rows from `seq` on, six bytes each. */
function message(seq: number, rows = 1, { epoch = 1, run = 1, mark = 'a' } = {}): LiveMessage {
  const lines = Array.from({ length: rows }, (_, index) => `${mark}${String(seq + index).padStart(4, '0')}\n`);
  return { subject: 'aegis.s.trades.X', payload: Buffer.from(lines.join('')), at: { run, epoch, seq, rows, ts: seq } };
}

function headAt(seq: number): LiveHead {
  const head = new LiveHead(1, 1, 10_000);
  if (seq > 0) head.arrive(message(0, seq));
  return head;
}

describe('the head of a realtime stream', () => {
  it.each([
    ['the row that is next', message(10), { state: 'next' }],
    ['a row that it has had', message(4), { state: 'old' }],
    ['a later row', message(12), { state: 'gap' }],
    ['a row of another run', message(10, 1, { run: 2 }), { state: 'old' }],
    ['a row of a fenced orchestrator', message(10, 1, { epoch: 0 }), { state: 'old' }],
    ['the beginning of an epoch at its end', message(10, 0, { epoch: 2 }), { state: 'next' }],
    ['the beginning of an epoch before its end', message(7, 0, { epoch: 2 }), { state: 'old' }],
    [
      'another row of a new epoch under a number it has had',
      message(7, 1, { epoch: 2 }),
      { state: 'void', from: 7, to: 9 },
    ],
  ] as const)('knows %s', (_, arriving, arrival) => {
    expect(headAt(10).arrive(arriving)).toEqual(arrival);
  });

  it('takes nothing of an older epoch once it has seen a newer one', () => {
    const head = headAt(10);
    head.arrive(message(10, 0, { epoch: 5 }));
    expect(head.arrive(message(10, 1, { epoch: 4 }))).toEqual({ state: 'old' });
    expect([head.epoch, head.ring.nextSeq]).toEqual([5, 10]);
  });

  it('drops rows that a new orchestrator writes again as they were, and goes on after them', () => {
    const head = headAt(5);
    for (let seq = 5; seq < 8; seq++) head.arrive(message(seq));
    expect(head.arrive(message(6, 0, { epoch: 2 }))).toEqual({ state: 'old' });
    expect(head.arrive(message(6, 1, { epoch: 2 }))).toEqual({ state: 'old' });
    expect(head.arrive(message(7, 1, { epoch: 2 }))).toEqual({ state: 'old' });
    expect(head.arrive(message(8, 1, { epoch: 2 }))).toEqual({ state: 'next' });
  });

  it('finds the first row that is another one, and begins again with it', () => {
    const head = headAt(5);
    for (let seq = 5; seq < 9; seq++) head.arrive(message(seq));
    head.arrive(message(6, 1, { epoch: 2 }));
    expect(head.arrive(message(7, 2, { epoch: 2, mark: 'b' }))).toEqual({ state: 'void', from: 7, to: 8 });
    expect(head.ring.nextSeq).toBe(9);
    expect([...head.ring.from(6)].map(({ at, payload }) => [at.seq, String(payload)])).toEqual([
      [6, 'a0006\n'],
      [7, 'b0007\nb0008\n'],
    ]);
  });

  it('learns from the log what it has missed, and is told nothing new by an older end', () => {
    const head = headAt(5);
    expect(head.reach({ epoch: 1, seq: 5 })).toBe(false);
    expect(head.reach({ epoch: 3, seq: 9 })).toBe(true);
    expect([head.epoch, head.ring.firstSeq, head.ring.nextSeq]).toEqual([3, 9, 9]);
  });
});

describe('the ring of the newest rows', () => {
  it('keeps the newest messages without a gap within its bytes, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 200 }), (sizes) => {
        const ring = new LiveRing(240);
        const all: LiveMessage[] = [];
        let seq = 0;
        for (const rows of sizes) {
          const next = message(seq, rows);
          seq += rows;
          all.push(next);
          ring.push(next);
        }
        const kept = [...ring.from(0)];
        expect(kept).toEqual(all.slice(all.length - kept.length));
        const bytes = kept.reduce((sum, { payload }) => sum + payload.length, 0);
        expect(bytes <= 240 || kept.length === 1).toBe(true);
        expect([ring.firstSeq, ring.nextSeq]).toEqual([kept[0]?.at.seq, seq]);
        for (let row = ring.firstSeq; row < seq; row++) {
          const [first] = ring.from(row);
          expect((first?.at.seq ?? 0) <= row && row < (first?.at.seq ?? 0) + (first?.at.rows ?? 0)).toBe(true);
        }
      }),
    );
  });

  it('has room for new ones without end', () => {
    const ring = new LiveRing(600);
    for (let seq = 0; seq < 9_000; seq++) ring.push(message(seq));
    expect([...ring.from(0)]).toHaveLength(100);
    expect(ring.firstSeq).toBe(8_900);
  });
});

describe('lines of a message', () => {
  it('are cut where somebody has had the first rows', () => {
    expect(String(linesFrom(message(10, 3), 10))).toBe('a0010\na0011\na0012\n');
    expect(String(linesFrom(message(10, 3), 12))).toBe('a0012\n');
  });
});

describe('notices that wait for the end of a row', () => {
  it('say what is true when they are written', () => {
    const queue = new NoticeQueue();
    let rows = 5;
    queue.add({ kind: 'behind', lag: () => ({ rows, ms: 7 }) });
    rows = 9;
    queue.add({ kind: 'lost', from: 3, to: 4 });
    expect(String(queue.take())).toBe('{"status":"behind","rows":9,"ms":7}\n{"status":"lost","from":3,"to":4}\n');
    expect(queue.take()).toBeUndefined();
  });

  it('leave out what was over before it could be told', () => {
    const queue = new NoticeQueue();
    queue.add({ kind: 'behind', lag: () => ({ rows: 1, ms: 1 }) });
    queue.add({ kind: 'live' });
    expect(queue.take()).toBeUndefined();
  });
});

describe('the tail that a server gives to an orchestrator', () => {
  const tail = [message(3, 2), message(5)].map(({ subject, payload, at: { seq, rows, ts } }) => {
    return { subject, seq, rows, ts, lines: payload };
  });

  it('comes back as it was', () => {
    expect(decodeTail(encodeTail(tail)).map(({ lines, ...rest }) => ({ ...rest, text: String(lines) }))).toEqual([
      { subject: 'aegis.s.trades.X', seq: 3, rows: 2, ts: 3, text: 'a0003\na0004\n' },
      { subject: 'aegis.s.trades.X', seq: 5, rows: 1, ts: 5, text: 'a0005\n' },
    ]);
    expect(decodeTail(encodeTail([]))).toEqual([]);
  });

  it('is as much as one answer may hold', () => {
    const [first] = tail;
    if (first === undefined) throw new Error('no message');
    const big = Array.from({ length: 10 }, (_, seq) => ({ ...first, seq, lines: Buffer.alloc(100_000, 'x') }));
    const bytes = encodeTail(big);
    expect(bytes.length).toBeLessThan(TAIL_BYTES + 10_000);
    expect(decodeTail(bytes).map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
  });
});
