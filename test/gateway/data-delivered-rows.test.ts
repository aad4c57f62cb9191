import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveredRows } from '../../src/gateway/data/live/delivered-rows.ts';
import { LiveHead } from '../../src/gateway/data/live/live-head.ts';
import type { LiveMessage } from '../../src/gateway/data/live/live-message.ts';
import { encodeDirect } from '../../src/model/wire/direct-message.ts';

const MAX_BYTES = 2_000;

function message(seq: number, bytes = 20, epoch = 1): LiveMessage {
  const payload = Buffer.from(`${String(seq).padEnd(bytes - 1, 'x')}\n`);
  return { subject: 'aegis.s.trades.X', payload, at: { run: 1, epoch, seq, rows: 1, ts: 1_700_000_000_000 + seq } };
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-delivered-'));
  try {
    return work(join(folder, 'rows'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the server knows after a restart. */
function known(folder: string, epoch = 1): LiveMessage[] {
  const rows = new DeliveredRows({ folder, maxBytes: MAX_BYTES });
  return [...new LiveHead(1, epoch, Infinity, rows.read()).ring.from(0)];
}

function seqsOf(messages: readonly LiveMessage[]): number[] {
  return messages.map(({ at }) => at.seq);
}

describe('the rows that were delivered', () => {
  it('are nothing before the first, and make no file', () => {
    inFolder((folder) => {
      const rows = new DeliveredRows({ folder });
      expect(rows.read()).toEqual([]);
      rows.close();
      expect(existsSync(folder)).toBe(false);
    });
  });

  it('are the newest ones without a gap, as they were, whatever was kept and however often the process was killed', () => {
    const step = fc.record({
      sizes: fc.array(fc.integer({ min: 10, max: 700 }), { minLength: 1, maxLength: 6 }),
      killed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) =>
        inFolder((folder) => {
          const all: LiveMessage[] = [];
          let rows = new DeliveredRows({ folder, maxBytes: MAX_BYTES });
          for (const { sizes, killed } of steps) {
            const messages = sizes.map((size, index) => message(all.length + index, size));
            rows.keep(messages);
            all.push(...messages);
            if (!killed) continue;
            // Its descriptor would be closed by its end.
            rows.close();
            rows = new DeliveredRows({ folder, maxBytes: MAX_BYTES });
          }
          rows.close();
          const kept = known(folder);
          expect(seqsOf(kept)).toEqual(seqsOf(all.slice(-kept.length)));
          expect(kept.map(({ payload }) => String(payload))).toEqual(
            all.slice(-kept.length).map(({ payload }) => String(payload)),
          );
          const bytes = kept.reduce((sum, each) => sum + encodeDirect(each).length, 0);
          const largest = steps.at(-1)?.sizes.length ?? 0;
          // A file is left when the next message does not fit; a batch of them is not split.
          if (kept.length < all.length) expect(bytes).toBeGreaterThan(MAX_BYTES - 900 * Math.max(6, largest));
          expect(readdirSync(folder).length).toBeLessThanOrEqual(2);
          for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
        }),
      ),
      { numRuns: 100 },
    );
  });

  it('are those before the one of which a kill has cut off the end', () => {
    inFolder((folder) => {
      const rows = new DeliveredRows({ folder, maxBytes: MAX_BYTES });
      rows.keep([message(0), message(1), message(2)]);
      rows.close();
      const [file = ''] = readdirSync(folder).map((name) => join(folder, name));
      const { size } = statSync(file);
      const one = encodeDirect(message(2)).length;
      for (let cut = 1; cut < one; cut++) {
        truncateSync(file, size - cut);
        expect(seqsOf(known(folder))).toEqual([0, 1]);
      }
      const next = new DeliveredRows({ folder, maxBytes: MAX_BYTES });
      next.keep([message(2), message(3)]);
      next.close();
      expect(seqsOf(known(folder))).toEqual([0, 1, 2, 3]);
    });
  });

  it('are those before what a loss of power has left in their place', () => {
    inFolder((folder) => {
      const rows = new DeliveredRows({ folder, maxBytes: MAX_BYTES });
      rows.keep([message(0), message(1)]);
      rows.close();
      const [file = ''] = readdirSync(folder).map((name) => join(folder, name));
      appendFileSync(file, '\0\0\0 no message\n at all\n');
      expect(seqsOf(known(folder))).toEqual([0, 1]);
    });
  });

  it('are those that count: a later orchestrator has given other rows the numbers of some', () => {
    inFolder((folder) => {
      const rows = new DeliveredRows({ folder, maxBytes: MAX_BYTES });
      rows.keep([message(0), message(1), message(2), message(1, 30, 2), message(2, 30, 2)]);
      rows.close();
      const kept = known(folder, 2);
      expect(kept.map(({ at }) => [at.seq, at.epoch])).toEqual([
        [0, 1],
        [1, 2],
        [2, 2],
      ]);
      expect(new LiveHead(1, 5, Infinity, kept).epoch).toBe(5);
      expect(new LiveHead(2, 0, Infinity, kept).ring.nextSeq).toBe(0);
    });
  });
});
