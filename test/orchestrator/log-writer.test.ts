import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { BusLog, LogMessage } from '../../src/bus/log.ts';
import { connectBus } from '../../src/bus/nats-bus.ts';
import { fullTopic } from '../../src/model/topic.ts';
import { epochSubject } from '../../src/model/wire/live-log.ts';
import { LogWriter } from '../../src/orchestrator/live/log-writer.ts';
import type { LogWriterEvent, LogWriterOptions } from '../../src/orchestrator/live/log-writer-options.ts';
import { OwnJetStream } from '../support/own-jetstream.ts';
import { until } from '../support/until.ts';

const TOPICS = ['trades.BTCUSDT', 'trades.ETHUSDT', 'klines.BTCUSDT.1m'];
const LIMITS = { maxAgeMs: 3_600_000, maxBytes: 256 << 20 };

let home: string;
let server: OwnJetStream;
let log: BusLog;
let session = '';
let sessions = 0;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  server = await OwnJetStream.start(home);
});

afterAll(async () => {
  await server?.stop();
  rmSync(home, { recursive: true, force: true });
});

beforeEach(async () => {
  // A stream that is removed and made again under the same name may answer twice for a moment.
  session = `s${++sessions}`;
  const bus = await connectBus({ url: server.url, name: 'log' });
  log = bus.log(session);
  return () => bus.close();
});

afterEach(() => log.remove());

interface Opened {
  readonly writer: LogWriter;
  readonly events: LogWriterEvent[];
}

async function openWriter(options: Partial<LogWriterOptions> = {}): Promise<Opened> {
  const bus = await server.connect('writer');
  const events: LogWriterEvent[] = [];
  const onEvent = (event: LogWriterEvent) => events.push(event);
  const writer = await LogWriter.open({ bus, sessionId: session, run: 1, limits: LIMITS, onEvent, ...options });
  onTestFinished(() => writer.close());
  return { writer, events };
}

function subjectOf(topic: number): string {
  return fullTopic(session, TOPICS[topic] ?? '');
}

/** Writes one message of some rows, whose lines tell their numbers. */
function write(writer: LogWriter, rows = 1, padding = ''): boolean {
  const first = writer.seq;
  const lines = Array.from({ length: rows }, (_, index) => `row ${first + index}${padding}\n`).join('');
  const subject = subjectOf(first % TOPICS.length);
  return writer.write({ subject, lines: Buffer.from(lines), rows, ts: 1_700_000_000_000 + first });
}

async function stored(from = 1): Promise<LogMessage[]> {
  const messages: LogMessage[] = [];
  const options = { signal: AbortSignal.timeout(20_000), follow: false };
  for await (const batch of log.read(from, options)) messages.push(...batch);
  return messages;
}

/** The lines of all messages, in order, and a check that their numbers are those that the messages say. */
function linesOf(messages: readonly LogMessage[]): string[] {
  return messages.flatMap(({ payload, at }) => {
    const lines = Buffer.from(payload).toString().split('\n').slice(0, -1);
    expect(lines.map((line) => line.split('|')[0])).toEqual(
      Array.from({ length: at.rows }, (_, index) => `row ${at.seq + index}`),
    );
    return lines;
  });
}

describe('a log writer', () => {
  it('numbers rows over all subjects from 0, begins with its epoch, and knows what is stored', async () => {
    const { writer, events } = await openWriter();
    for (const rows of [1, 3, 2]) expect(write(writer, rows)).toBe(true);
    expect(writer.seq).toBe(6);
    await writer.flush();
    expect(writer.stored).toBe(6);
    const [begin, ...rest] = await stored();
    expect(begin).toMatchObject({ subject: epochSubject(session), at: { run: 1, epoch: 1, seq: 0, rows: 0 } });
    expect(rest.map(({ at }) => [at.seq, at.rows, at.ts])).toEqual([
      [0, 1, 1_700_000_000_000],
      [1, 3, 1_700_000_000_001],
      [4, 2, 1_700_000_000_004],
    ]);
    expect(linesOf(rest)).toHaveLength(6);
    expect(events).toEqual([]);
  });

  it('goes on after a restart: next row, next epoch, last line of each topic', async () => {
    const first = await openWriter();
    for (let count = 0; count < 7; count++) write(first.writer, 2);
    await first.writer.flush();
    first.writer.close();
    const { writer } = await openWriter();
    expect([writer.seq, writer.epoch]).toEqual([14, 2]);
    const last = await writer.lastRow(subjectOf(0));
    expect([last?.seq, Buffer.from(last?.line ?? []).toString()]).toEqual([13, 'row 13\n']);
    expect(await writer.lastRow(fullTopic(session, 'trades.NONE'))).toBeUndefined();
    write(writer);
    await writer.flush();
    expect(linesOf(await stored())).toHaveLength(15);
  });

  it('empties the log for a later run, and refuses an earlier one', async () => {
    const first = await openWriter();
    write(first.writer, 5);
    await first.writer.flush();
    const { writer } = await openWriter({ run: 2 });
    expect(writer.seq).toBe(0);
    write(writer);
    await writer.flush();
    expect((await stored()).map(({ at }) => [at.run, at.seq, at.rows])).toEqual([
      [2, 0, 0],
      [2, 0, 1],
    ]);
    await expect(openWriter({ run: 1 })).rejects.toMatchObject({ code: 'STREAM_FAILED' });
  });

  it('numbers no row below what is known from elsewhere, and tells what the log has lost', async () => {
    const { writer, events } = await openWriter({ floor: { epoch: 4, seq: 100 } });
    expect([writer.seq, writer.epoch]).toEqual([100, 5]);
    expect(events).toMatchObject([{ type: 'lost', from: 0, to: 99 }]);
  });

  it('survives kill -9 of NATS in the middle of writing: every row once, in order', async () => {
    const { writer, events } = await openWriter();
    const total = 30_000;
    let killed: Promise<void> | undefined;
    for (let count = 0; count < total; count++) {
      expect(write(writer)).toBe(true);
      if (count === 10_000) killed = server.kill();
      if (count === 20_000) {
        await killed;
        await server.launch();
      }
      if (count % 50 === 0) await new Promise(setImmediate);
    }
    await writer.flush();
    await until('all is well', () => events.at(-1)?.type === 'back');
    expect(linesOf(await stored())).toHaveLength(total);
    expect(events.map(({ type }) => type)).toEqual(['away', 'back']);
    expect(events[1]).toMatchObject({ rows: expect.toSatisfy((rows: number) => rows >= 9_000) });
  });

  it('survives kill -9 again and again', async () => {
    const { writer } = await openWriter();
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 2_000; count++) write(writer);
      await server.kill();
      for (let count = 0; count < 500; count++) write(writer);
      await server.launch();
      for (let count = 0; count < 500; count++) write(writer);
    }
    await writer.flush();
    expect(linesOf(await stored())).toHaveLength(9_000);
  });

  /** What was written after a state of the store is taken from it, as a loss of power would. */
  async function losePower(between: () => Promise<void>): Promise<void> {
    const saved = join(home, 'saved');
    await server.kill();
    cpSync(server.store, saved, { recursive: true });
    await server.launch();
    await between();
    await server.kill();
    rmSync(server.store, { recursive: true });
    renameSync(saved, server.store);
    await server.launch();
  }

  it('writes again what a loss of power has taken from the log', async () => {
    const { writer, events } = await openWriter({ keepMs: 60_000 });
    for (let count = 0; count < 1_000; count++) write(writer);
    await writer.flush();
    await losePower(async () => {
      for (let count = 0; count < 500; count++) write(writer);
      await writer.flush();
    });
    write(writer);
    await writer.flush();
    expect(linesOf(await stored())).toHaveLength(1_501);
    expect(events.some(({ type }) => type === 'lost')).toBe(false);
  });

  it('tells exactly what a loss of power has taken, when it does not have it any more', async () => {
    const { writer, events } = await openWriter({ keepMs: 0 });
    for (let count = 0; count < 1_000; count++) write(writer);
    await writer.flush();
    await losePower(async () => {
      for (let count = 0; count < 500; count++) write(writer);
      await writer.flush();
    });
    write(writer);
    await writer.flush();
    const seqs = (await stored()).filter(({ at }) => at.rows > 0).map(({ at }) => at.seq);
    const there = new Set(seqs);
    expect(there.size).toBe(seqs.length);
    const missing = Array.from({ length: 1_501 }, (_, seq) => seq).filter((seq) => !there.has(seq));
    expect(missing.length).toBeGreaterThan(400);
    expect(events.filter(({ type }) => type === 'lost')).toMatchObject([{ from: missing[0], to: missing.at(-1) }]);
  });

  it('is fenced by a younger writer: nothing of the older one comes between', async () => {
    const older = await openWriter();
    for (let count = 0; count < 100; count++) write(older.writer);
    await older.writer.flush();
    const younger = await openWriter();
    expect(younger.writer.epoch).toBe(2);
    for (let count = 0; count < 100; count++) {
      // By place alone every second one of these would get in.
      for (let late = 0; late < 3; late++) {
        older.writer.write({ subject: subjectOf(0), lines: Buffer.from('too late\n'), rows: 1, ts: 1 });
      }
      write(younger.writer);
    }
    await younger.writer.flush();
    await until('the older one knows', () => older.events.some(({ type }) => type === 'fenced'));
    expect(older.events.at(-1)).toMatchObject({ run: 1, epoch: 2 });
    expect(write(older.writer)).toBe(false);
    await expect(older.writer.flush()).rejects.toMatchObject({ code: 'STREAM_FAILED' });
    expect(linesOf(await stored())).toHaveLength(200);
    expect(younger.events).toEqual([]);
  });

  it('gets the log also from an older writer that does not stop writing', async () => {
    const older = await openWriter();
    const writing = setInterval(() => {
      for (let count = 0; count < 50; count++) write(older.writer);
    }, 1);
    onTestFinished(() => clearInterval(writing));
    await until('it writes', () => older.writer.stored > 1_000);
    const { writer } = await openWriter();
    expect(writer.epoch).toBe(2);
    const end = writer.seq;
    for (let count = 0; count < 100; count++) write(writer);
    await writer.flush();
    await until('the older one knows', () => older.events.some(({ type }) => type === 'fenced'));
    const messages = await stored();
    expect(linesOf(messages)).toHaveLength(end + 100);
    expect(messages.filter(({ at }) => at.epoch === 1 && at.seq >= end)).toEqual([]);
  });

  it('writes again what did not get in because somebody published on a subject of the session', async () => {
    const { writer, events } = await openWriter();
    const stranger = await server.connect('stranger');
    write(writer);
    await writer.flush();
    stranger.publish(subjectOf(0), Buffer.from('by hand'));
    await stranger.flush();
    for (let count = 0; count < 10; count++) write(writer);
    await writer.flush();
    expect(linesOf(await stored())).toHaveLength(11);
    await until('all is well', () => events.at(-1)?.type === 'back');
  });

  it('has at most some thousand messages on the way when it sends again: JetStream drops what is too much at once', async () => {
    const bus = await server.connect('writer');
    const watched = bus.log(session);
    const [append, from] = [watched.append.bind(watched), watched.from.bind(watched)];
    let [known, most] = [0, 0];
    watched.append = (message) => {
      most = Math.max(most, message.after + 1 - known);
      return append(message);
    };
    watched.from = async (place) => {
      const found = await from(place);
      known = Math.max(known, found?.place ?? 0);
      return found;
    };
    bus.log = () => watched;
    const { writer, events } = await openWriter({ bus });
    await server.kill();
    await until('the writer knows it', () => events.at(-1)?.type === 'away');
    for (let count = 0; count < 20_000; count++) write(writer);
    await server.launch();
    await writer.flush();
    await until('all is well', () => events.at(-1)?.type === 'back');
    expect(linesOf(await stored())).toHaveLength(20_000);
    expect(most).toBeLessThan(10_000);
  });

  it('takes no more when NATS is away and its window is full, and loses nothing that it has taken', async () => {
    const { writer } = await openWriter({ windowBytes: 100_000 });
    await server.kill();
    const padding = `|${'x'.repeat(1_000)}`;
    let taken = 0;
    while (write(writer, 1, padding) && taken < 1_000) taken += 1;
    expect(taken).toBeGreaterThan(50);
    expect(taken).toBeLessThan(100);
    expect(write(writer, 1, padding)).toBe(false);
    await server.launch();
    await writer.flush();
    expect(writer.seq).toBe(taken);
    expect(linesOf(await stored())).toHaveLength(taken);
  });

  it('makes whoever writes as fast as it goes wait for room', async () => {
    const { writer } = await openWriter({ windowBytes: 20 << 20 });
    const padding = `|${'x'.repeat(10_000)}`;
    for (let count = 0; count < 4_000; count++) {
      expect(write(writer, 1, padding)).toBe(true);
      await writer.room();
    }
    await writer.flush();
    expect(linesOf(await stored())).toHaveLength(4_000);
  });
});
