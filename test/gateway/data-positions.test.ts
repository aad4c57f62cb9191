import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Assembler } from '../../src/gateway/data/assembler.ts';
import { lineStart } from '../../src/gateway/data/held-slice.ts';
import { Journal } from '../../src/gateway/data/journal.ts';
import type { JournalEntry } from '../../src/gateway/data/journal-record.ts';
import { PIECE_BYTES, StreamHash } from '../../src/gateway/data/stream-hash.ts';
import type { StreamPoint } from '../../src/gateway/data/stream-point.ts';
import { TopicGroup } from '../../src/gateway/data/topic-group.ts';
import type { ClockMessage } from '../../src/model/wire/clock.ts';
import { runWord } from '../../src/model/wire/order.ts';
import { tempDir } from '../support/temp-dir.ts';

function hashOf(data: Buffer): string {
  const hash = new StreamHash();
  hash.update(data);
  return hash.digest();
}

function openJournal(path: string): Journal {
  const journal = new Journal(path);
  onTestFinished(() => journal.close());
  return journal;
}

describe('stream hash', () => {
  it('is what the function in docs/stream.md computes', () => {
    const doc = readFileSync(new URL('../../docs/stream.md', import.meta.url), 'utf8');
    const [, source = ''] = /```python\n(.*?)```/s.exec(doc) ?? [];
    expect(source).toContain('def stream_hash');
    for (const length of [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 17]) {
      const data = Buffer.alloc(length, 'row\n');
      const program = `import hashlib, sys\n${source}\nprint(stream_hash(sys.stdin.buffer.read()))`;
      const expected = execFileSync('python3', ['-c', program], { input: data }).toString().trim();
      expect(hashOf(data)).toBe(expected);
    }
  });

  it('is the same however the bytes are cut, and from any saved state', () => {
    const data = Buffer.alloc(2 * PIECE_BYTES + 500_000, 'some rows\n');
    const whole = hashOf(data);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        const hash = new StreamHash();
        const saved: [StreamHash, number][] = [];
        let place = 0;
        for (let turn = 0; place < data.length; turn++) {
          const end = Math.min(data.length, place + (sizes[turn % sizes.length] ?? 1) + 50_000);
          // The state is that of the end of a piece; the stream begins again at a border before it.
          if (hash.update(data.subarray(place, end))) saved.push([new StreamHash(hash.state, place), place]);
          place = end;
        }
        expect(hash.digest()).toBe(whole);
        expect(saved.length).toBeGreaterThan(0);
        for (const [resumed, from] of saved) {
          resumed.update(data.subarray(from));
          expect(resumed.digest()).toBe(whole);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('journal', () => {
  const point: StreamPoint = { seq: 4096, bytes: 700, rows: 3, hash: { pieces: 2, chain: Buffer.alloc(32, 7) } };

  const entry: JournalEntry = {
    delivered: 800,
    point,
    connected: true,
    returning: false,
    given: 900,
    row: 0,
    acked: 5,
    seek: undefined,
    origin: 7,
    reached: 12,
  };

  it('gives back what was written when it is opened again, for its owner alone', () => {
    const path = join(tempDir(), 'positions');
    const first = openJournal(path);
    first.setFeed(9, { run: 2, attempt: 4, instance: 'abc' });
    first.set('one', 2, entry);
    const other = { ...entry, delivered: 0, given: 0, connected: false, acked: undefined, row: undefined, seek: 0 };
    first.set('two', 2, other);
    const moved = { ...entry, delivered: 12_345_678_901, given: 12_345_678_901 };
    first.set('one', 2, moved);
    expect(first.entry('one', 2)).toEqual(moved);

    const second = openJournal(path);
    expect([second.epoch, second.feed]).toEqual([9, { run: 2, attempt: 4, instance: 'abc' }]);
    expect(second.entry('one', 2)).toEqual(moved);
    expect(second.entry('two', 2)).toEqual(other);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('knows nothing of a component in another run', () => {
    const path = join(tempDir(), 'positions');
    const journal = openJournal(path);
    journal.setFeed(1, { run: 1, attempt: 1, instance: 'abc' });
    journal.set('one', 1, entry);
    const start = { seq: 0, bytes: 0, rows: 0 };
    const fresh = { delivered: 0, given: 0, point: start, connected: false, returning: true, acked: undefined };
    expect(openJournal(path).entry('one', 2)).toMatchObject(fresh);
  });

  it('refuses a file that is something else', () => {
    const path = join(tempDir(), 'positions');
    writeFileSync(path, 'x'.repeat(1_000));
    expect(() => new Journal(path)).toThrow(/not a journal/);
  });
});

describe('assembler', () => {
  const lines = [Buffer.from('{"a":1}\n'), Buffer.from('{"b":22}\n')] as const;
  const clock: ClockMessage = {
    epoch: 1,
    slice: 0,
    firstSeq: 10,
    rows: 2,
    ts: 5,
    topics: [0, 1],
    counts: [1, 1],
    order: Uint32Array.of(runWord(1, lines[1].length), runWord(0, lines[0].length)),
    end: false,
  };

  function assembled(change: Partial<ClockMessage>, messages: readonly [number, Buffer][]): boolean {
    const assembler = new Assembler(2);
    const lent = new Set<number>();
    for (const [place, [topic, payload]] of messages.entries()) {
      lent.add(place);
      assembler.add(topic, { payload, release: () => lent.delete(place) });
    }
    const slice = assembler.close({ ...clock, ...change }, 10);
    // A slice that is to be read must not be given back, and afterwards everything must.
    if (slice !== undefined) expect(lent.size).toBe(messages.length);
    assembler.release();
    expect(lent.size).toBe(0);
    return slice !== undefined;
  }

  const complete: [number, Buffer][] = [
    [0, lines[0]],
    [1, lines[1]],
  ];

  it('gives the slice when everything has arrived', () => {
    expect(assembled({}, complete)).toBe(true);
  });

  it.each<[string, Partial<ClockMessage>, [number, Buffer][]]>([
    ['a message is missing', {}, [[0, lines[0]]]],
    [
      'a message has another length',
      {},
      [
        [0, lines[0]],
        [1, lines[0]],
      ],
    ],
    ['a slice was missed', { firstSeq: 12 }, complete],
    [
      'a clock was missed',
      {},
      [
        [0, lines[0]],
        [0, lines[0]],
        [1, lines[1]],
      ],
    ],
    ['the counts do not add up', { counts: [1, 2] }, complete],
    ['a run names a topic that there is not', { order: Uint32Array.of(runWord(5, 8)) }, complete],
  ])('sees that %s', (_, change, messages) => {
    expect(assembled(change, messages)).toBe(false);
  });
});

describe('topic group', () => {
  const slice = (firstSeq: number, text: string): Parameters<TopicGroup['take']>[0] => ({
    clock: {
      epoch: 1,
      slice: 0,
      firstSeq,
      rows: 2,
      ts: 5,
      topics: [0],
      counts: [2],
      order: Uint32Array.of(runWord(0, text.length)),
      end: false,
    },
    lines: [Buffer.from(text)],
  });

  it('finds the line in which a byte lies', () => {
    const group = new TopicGroup([0], 0);
    group.take(slice(0, 'ab\ncd\n'));
    group.take(slice(2, 'efg\nh\n'));
    const starts = [0, 1, 2, 3, 5, 6, 8, 9, 10, 11].map((offset) => {
      const held = group.at(offset);
      return held === undefined ? undefined : lineStart(held, offset);
    });
    expect(starts).toEqual([0, 0, 0, 3, 3, 6, 6, 6, 10, 10]);
    expect(group.at(12)).toBeUndefined();
  });

  it('refuses a stream that is cut in other places than before', () => {
    const group = new TopicGroup([0], 0);
    group.restart({ seq: 3, bytes: 10, rows: 3, hash: new StreamHash().state });
    expect(() => group.take(slice(2, 'ab\ncd\n'))).toThrow(/tapes have changed/);
  });
});
