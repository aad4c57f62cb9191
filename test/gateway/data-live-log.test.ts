import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveMessage } from '../../src/gateway/data/live/live-message.ts';
import { type LogStretch, stretchesOf } from '../../src/gateway/data/live/log-stretches.ts';
import { passMissing } from '../../src/gateway/data/live/missing-rows.ts';
import { TopicGroup } from '../../src/gateway/data/topic-group.ts';

const OWN = 'aegis.s.trades.A';
const OTHER = 'aegis.s.trades.B';

function message(seq: number, rows: number, subject = OWN, run = 1): LiveMessage {
  const payload = Buffer.from(Array.from({ length: rows }, (_, index) => `row ${seq + index}\n`).join(''));
  return { subject, payload, at: { run, epoch: 1, seq, rows, ts: seq + rows } };
}

function stretches(batch: readonly LiveMessage[], seq = 0): LogStretch[] {
  return [...stretchesOf(batch, { run: 1, seq, wants: (subject) => subject === OWN })];
}

function textOf(stretch: LogStretch | undefined): string {
  return stretch === undefined || 'missingTo' in stretch ? '' : String(stretch.lines);
}

describe('a batch of the log', () => {
  it('is handed on as few stretches with all own lines in order, from the row that is wanted', () => {
    const messages = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 400 }), own: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(messages, fc.integer({ min: 0, max: 500 }), (sizes, seq) => {
        let next = 0;
        const batch = sizes.map(({ rows, own }) => {
          next += rows;
          return message(next - rows, rows, own ? OWN : OTHER);
        });
        const found = stretches(batch, seq);
        let at = seq;
        for (const stretch of found) {
          if ('missingTo' in stretch) throw new Error('nothing is missing');
          expect(stretch.seq).toBe(at);
          expect(String(stretch.lines).split('\n')).toHaveLength(stretch.ownRows + 1);
          at += stretch.rows;
        }
        expect(at).toBe(Math.max(next, seq));
        const own = batch.flatMap(({ subject, payload }) => (subject === OWN ? String(payload).split('\n') : []));
        const wanted = own.filter((line) => line !== '' && Number(line.slice(4)) >= seq);
        expect(found.map(textOf).join('')).toBe(wanted.map((line) => `${line}\n`).join(''));
      }),
    );
  });

  it('says where rows are missing, after what comes before them', () => {
    const found = stretches([message(0, 2), message(5, 1)]);
    expect(found).toMatchObject([{ seq: 0, rows: 2, ownRows: 2 }, { missingTo: 5 }]);
  });

  it('passes over other runs and messages that only say that an epoch begins', () => {
    const found = stretches([message(0, 3, OWN, 9), message(0, 1), message(1, 0), message(1, 1)]);
    expect(found.map(textOf)).toEqual(['row 0\nrow 1\n']);
  });
});

describe('rows that the log does not have any more', () => {
  function groupWith(rows: number): TopicGroup {
    const group = new TopicGroup([0], 0);
    const lines = Buffer.from('row\n'.repeat(rows));
    group.takeLive({ seq: 0, rows, ts: 1, lines, ownRows: rows });
    return group;
  }

  it('are passed over: numbers of own rows and bytes go on, the hash ends', () => {
    const group = groupWith(3);
    expect(group.hash).toBeDefined();
    passMissing(group, new Set(), 10);
    expect([group.seq, group.rows, group.bytes, group.hash]).toEqual([10, 3, 12, undefined]);
  });

  it('end a replay at the next place of which the row number is known', () => {
    const group = groupWith(3);
    group.restart({ seq: 40, bytes: 100, rows: 30, hash: undefined });
    const replay = group.restartedAt(group.origin);
    passMissing(replay, new Set(), 20);
    expect([replay.seq, replay.rows, replay.bytes, replay.hash]).toEqual([40, 30, 100, undefined]);
  });
});
