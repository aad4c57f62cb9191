import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BusLog, LogMessage } from '../../../src/bus/log.ts';
import { AegisError } from '../../../src/model/errors.ts';
import type { LogPosition } from '../../../src/model/wire/live-log.ts';
import { LogConfirmation } from '../../../src/orchestrator/live/log-confirmation.ts';

const PLACE = 100;
const AT: LogPosition = { run: 1, epoch: 3, seq: 990, rows: 10, ts: 1_700_000_000_000 };

function messageAt(place: number, at: Partial<LogPosition> = {}): LogMessage {
  return { subject: 'aegis.s.trades.X', payload: Buffer.alloc(0), place, at: { ...AT, ...at } };
}

const down = new AegisError('DEPENDENCY_DOWN', 'nobody answers');
const late = new AegisError('TIMEOUT', 'no answer');

/** What the log answers some seconds after the message was sent: a message, its last place, or an error. */
type Answer = (seconds: number) => LogMessage | number | AegisError;

describe('the confirmation that a message is in the log', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each<[string, Answer, string, number]>([
    ['is there', () => messageAt(PLACE), 'stored', 0],
    ['comes a little later', (s) => (s < 0.5 ? PLACE - 1 : messageAt(PLACE)), 'stored', 0.5],
    ['was dropped again by the limits of the log', () => messageAt(PLACE + 7, { seq: 1_060 }), 'stored', 0],
    [
      'comes after ten seconds, in which the log grows',
      (s) => (s < 10 ? 10 + Math.floor(3 * s) : messageAt(PLACE)),
      'stored',
      10,
    ],
    ['is there when the server answers again', (s) => (s < 10 ? late : messageAt(PLACE)), 'stored', 10],
    ['is not there, and the log does not grow', () => PLACE - 1, 'missing', 1],
    ['is not there, and nobody answers', () => down, 'missing', 1],
    ["has another writer's message in its place", () => messageAt(PLACE, { epoch: 4 }), 'missing', 0],
    ['has a message of its own writer in its place', () => messageAt(PLACE, { seq: 980 }), 'missing', 0],
    [
      "is dropped, or refused: another writer's message comes next",
      () => messageAt(PLACE + 1, { epoch: 4 }),
      'missing',
      0,
    ],
    ['was refused: strangers fill the log', (s) => PLACE + Math.floor(100 * s), 'missing', 1],
  ])('%s', async (_, answer, outcome, seconds) => {
    const began = performance.now();
    const found = (): LogMessage | number => {
      const now = answer((performance.now() - began) / 1_000);
      if (now instanceof AegisError) throw now;
      return now;
    };
    const log: Pick<BusLog, 'from' | 'extent'> = {
      async from() {
        const now = found();
        return typeof now === 'number' ? undefined : now;
      },
      async extent() {
        const now = found();
        return { first: 1, last: typeof now === 'number' ? now : now.place };
      },
    };
    const told: [string, number][] = [];
    const tell = (what: string) => (): void => {
      told.push([what, (performance.now() - began) / 1_000]);
      confirmation.reset();
    };
    const confirmation: LogConfirmation = new LogConfirmation({
      log: log as BusLog,
      onStored: tell('stored'),
      onMissing: tell('missing'),
    });
    confirmation.sent(PLACE, AT);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(told).toEqual([[outcome, expect.closeTo(seconds + 0.02, 1)]]);
  });
});
