import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BusLog, LogMessage } from '../../src/bus/log.ts';
import { ComponentStream } from '../../src/gateway/data/component-stream.ts';
import type { DataConnection } from '../../src/gateway/data/data-connection.ts';
import { Journal } from '../../src/gateway/data/journal.ts';
import type { Follower } from '../../src/gateway/data/live/follower.ts';
import { LiveMembers } from '../../src/gateway/data/live/live-members.ts';
import { LiveRing } from '../../src/gateway/data/live/live-ring.ts';
import { newGroup, type StreamGroup } from '../../src/gateway/data/stream-group.ts';
import { topicSubject } from '../../src/model/wire/subjects.ts';
import { until } from '../support/until.ts';

const TOPIC = 'trades.X';
const SUBJECT = topicSubject('s', TOPIC);
/** Bytes of a row. */
const ROW = 100;
const ROWS = 1_000;
/** Forty rows; a component that holds half of it is slow. */
const MAX_HELD = 40 * ROW;

/** Takes what its group has as long as it reads. */
class Reader {
  readonly component: ComponentStream;
  sent = 0;
  /** Bytes that it still takes. */
  appetite = Infinity;

  constructor(id: string, journal: Journal, group: StreamGroup) {
    this.component = new ComponentStream(id, [TOPIC], journal);
    this.component.group = group;
    // Of a connection no more is asked here than these.
    this.component.connections.add(this as unknown as DataConnection);
  }

  pump(): void {
    const end = Math.min(this.component.group?.bytes ?? 0, this.sent + this.appetite);
    this.appetite -= end - this.sent;
    this.sent = end;
  }

  regroup(group: StreamGroup): void {
    this.component.group = group;
  }

  notice(): void {
    // It has not asked for any.
  }
}

interface Fixture {
  readonly members: LiveMembers;
  readonly readers: readonly [Reader, Reader];
}

/** Two components that are both behind, and a log that answers what it is asked in batches of `batch` rows. */
function fixture({ batch = 10 } = {}): Fixture {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-members-'));
  const journal = new Journal(join(folder, 'journal'));
  onTestFinished(() => {
    members.close();
    journal.close();
    rmSync(folder, { recursive: true });
  });
  // As the run does it: the slow ones go on by themselves.
  const full = (follower: Follower): void => {
    for (const member of follower.slow) if (follower.members.size > 1) members.split(member);
  };
  const ignore = (): void => undefined;
  const failed = (error: unknown): void => {
    throw error;
  };
  const members: LiveMembers = new LiveMembers({
    run: 1,
    log: logOf(batch),
    ring: new LiveRing(MAX_HELD, ROWS),
    maxHeldBytes: MAX_HELD,
    topicOf: (subject) => (subject === SUBJECT ? 0 : undefined),
    events: { live: ignore, behind: ignore, full, lost: ignore, failed },
  });
  const key = { plan: [TOPIC], topics: [TOPIC], fromSeq: 0, format: 'ndjson' } as const;
  const reader = (id: string): Reader => {
    const group = newGroup('s', key);
    if (group === undefined) throw new Error('no group');
    return new Reader(id, journal, group);
  };
  return { members, readers: [reader('slow'), reader('fast')] };
}

/** The two methods that are asked of it. Each answer takes a turn of the event loop, as over a network. */
function logOf(batch: number): BusLog {
  const message = (seq: number): LogMessage => ({
    subject: SUBJECT,
    payload: Buffer.from(`${String(seq).padStart(ROW - 1, '0')}\n`),
    at: { run: 1, epoch: 1, seq, rows: 1, ts: seq },
    place: seq,
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const log: Pick<BusLog, 'find' | 'read'> = {
    async find(_, seq) {
      await turn();
      return seq < ROWS ? seq : undefined;
    },
    async *read(from, { signal }) {
      for (let seq = from; seq < ROWS && !signal.aborted; seq += batch) {
        await turn();
        yield Array.from({ length: Math.min(batch, ROWS - seq) }, (_, index) => message(seq + index));
      }
    },
  };
  return log as BusLog;
}

describe('the components of a realtime run', () => {
  it('that have left a slow one behind are not brought back to it', async () => {
    const { members, readers } = fixture();
    const [slow, fast] = readers;
    slow.appetite = 5 * ROW;
    for (const { component } of readers) members.add(component);
    members.merge();
    expect([...members.followers]).toHaveLength(1);
    // At any time, as the clock of the run does.
    const merging = setInterval(() => members.merge(), 0);
    onTestFinished(() => clearInterval(merging));
    await until('the fast one has all', () => fast.sent === ROWS * ROW);
    expect(slow.sent).toBe(5 * ROW);
    slow.appetite = Infinity;
    for (const follower of members.followers) follower.pump();
    await until('the slow one has all', () => slow.sent === ROWS * ROW);
    await until('they are one again', () => [...members.followers].length === 1);
  });

  it.each([0, 1, 50, 99, 100, 101, 950])('are not held up by one that has taken %d bytes', async (taken) => {
    // What one answer of the log has is held as one slice: parts of it may be taken.
    for (const batch of [1, 7, 20, 33]) {
      const { members, readers } = fixture({ batch });
      const [slow, fast] = readers;
      slow.appetite = taken;
      for (const { component } of readers) members.add(component);
      members.merge();
      await until('the fast one has all', () => fast.sent === ROWS * ROW);
      expect(slow.sent).toBe(taken);
    }
  });

  it('are not held up by one that waits for room already when they come back', async () => {
    const { members, readers } = fixture();
    const [slow, fast] = readers;
    for (const reader of readers) reader.appetite = 0;
    for (const { component } of readers) members.add(component);
    members.merge();
    members.leave(fast.component);
    const [follower] = members.followers;
    await until('there is no room', () => (follower?.group.heldBytes ?? 0) > MAX_HELD / 2);
    fast.appetite = Infinity;
    members.returned(fast.component, false);
    for (const each of members.followers) each.pump();
    await until('the fast one has all', () => fast.sent === ROWS * ROW);
    expect(slow.sent).toBe(0);
  });
});
