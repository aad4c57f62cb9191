import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { BusLog } from '../../src/bus/log.ts';
import { connectBus } from '../../src/bus/nats-bus.ts';
import { recordingFolder } from '../../src/model/run-status.ts';
import { LogWriter } from '../../src/orchestrator/live/log-writer.ts';
import type { RecorderEvent } from '../../src/recorder/recorder-options.ts';
import { RecorderThread, type RecorderThreadOptions } from '../../src/recorder/recorder-thread.ts';
import { planRecording } from '../../src/tape/plan-recording.ts';
import { planRecordingInThread } from '../../src/tape/plan-thread.ts';
import { readRecording } from '../../src/tape/recording.ts';
import { OwnJetStream } from '../support/own-jetstream.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';
import { pythonWithPyarrow } from '../tape/pyarrow.ts';
import { LIVE_TOPICS, liveRow } from './live-rows.ts';
import { mergedLines } from './merged-lines.ts';

const LIMITS = { maxAgeMs: 3_600_000, maxBytes: 256 << 20 };

let serverHome: string;
let server: OwnJetStream;
let log: BusLog;
let sessionId = '';
let sessions = 0;

beforeAll(async () => {
  serverHome = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  server = await OwnJetStream.start(serverHome);
});

afterAll(async () => {
  await server?.stop();
  rmSync(serverHome, { recursive: true, force: true });
});

beforeEach(async () => {
  // A stream that is removed and made again under the same name may answer twice for a moment.
  sessionId = `live-${++sessions}`;
  const bus = await connectBus({ url: server.url, name: 'log' });
  log = bus.log(sessionId);
  return async () => {
    await log.remove();
    await bus.close();
  };
});

async function openWriter(limits = LIMITS, run = 1, floor = { epoch: 0, seq: 0 }): Promise<LogWriter> {
  const bus = await server.connect('writer');
  const writer = await LogWriter.open({ bus, sessionId, run, limits, floor, onEvent: () => undefined });
  onTestFinished(() => writer.close());
  return writer;
}

/** Writes the next rows of the live stream and waits until the log has them. */
async function write(writer: LogWriter, count: number): Promise<void> {
  for (const end = writer.seq + count; writer.seq < end; ) {
    const { subject, line, ts } = liveRow(sessionId, writer.seq);
    expect(writer.write({ subject, lines: Buffer.from(line), rows: 1, ts })).toBe(true);
    if (writer.seq % 1_000 === 0) await writer.room();
  }
  await writer.flush();
}

function expectedLines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => liveRow(sessionId, from + index).line.slice(0, -1));
}

function key() {
  return { session: 'live', sessionId, run: 1 };
}

interface Place {
  readonly home: string;
  readonly folder: string;
  readonly tapesDir: string;
}

function newPlace(): Place {
  const home = tempDir();
  return { home, folder: recordingFolder(home, key()), tapesDir: join(home, 'data/tape') };
}

function startRecorder({ folder }: Place, options: Partial<RecorderThreadOptions> = {}) {
  const events: RecorderEvent[] = [];
  const failures: Error[] = [];
  const recorder = new RecorderThread({
    ...key(),
    natsUrl: server.url,
    folder,
    market: 'spot',
    onEvent: (event) => events.push(event),
    onFailed: (error) => failures.push(error),
    ...options,
  });
  onTestFinished(() => recorder.kill());
  return { recorder, events, failures };
}

describe('the recorder of a realtime session', () => {
  it('makes a recording that replays the same lines in the same order, though it was killed in the middle', async () => {
    const place = newPlace();
    const writer = await openWriter();
    const first = startRecorder(place, { sealRows: 1_500 });
    await write(writer, 4_000);
    await until('two seals are made', () => first.events.filter(({ type }) => type === 'sealed').length === 2);
    await first.recorder.kill();
    expect(readRecording(place.folder)).toMatchObject({ state: 'recording', seq: 3_000, rows: 3_000 });
    await write(writer, 2_000);

    const second = startRecorder(place, { sealRows: 1_500 });
    await write(writer, 1_000);
    await second.recorder.sealUpTo(7_000, { hashes: { 'cmp-1': 'abc' } });
    await second.recorder.stop();
    expect([...first.failures, ...second.failures]).toEqual([]);
    expect(readRecording(place.folder)).toMatchObject({
      state: 'sealed',
      seq: 7_000,
      rows: 7_000,
      gaps: [],
      hashes: { 'cmp-1': 'abc' },
    });

    const plan = planRecording(place);
    expect(plan.topics.map(({ topic }) => topic).sort()).toEqual([...LIVE_TOPICS].sort());
    expect(plan.topics.every(({ tapes }) => tapes.length >= 4)).toBe(true);
    expect(mergedLines(plan, place.tapesDir, sessionId)).toEqual(expectedLines(0, 7_000));
  });

  it('plans a part of the topics, also one that was wanted and had no rows, and refuses one that nobody wanted', async () => {
    const place = newPlace();
    const writer = await openWriter();
    const { recorder } = startRecorder(place);
    recorder.want([...LIVE_TOPICS, 'trades.SILENT']);
    await write(writer, 500);
    await recorder.sealUpTo(500);
    const topics = ['trades.BTCUSDT', 'trades.SILENT', 'status.BTCUSDT'];
    const plan = planRecording({ ...place, topics });
    expect(plan.topics.map(({ topic, tapes }) => [topic, tapes.length])).toEqual([
      ['trades.BTCUSDT', 1],
      ['trades.SILENT', 0],
      ['status.BTCUSDT', 1],
    ]);
    const lines = expectedLines(0, 500).filter((line) => topics.some((topic) => line.includes(`.${topic}"`)));
    expect(lines.length).toBeGreaterThan(100);
    expect(mergedLines(plan, place.tapesDir, sessionId)).toEqual(lines);
    expect(await planRecordingInThread({ ...place, topics })).toEqual(plan);
    const unwanted = { ...place, topics: ['trades.NOBODY'] };
    expect(() => planRecording(unwanted)).toThrow(expect.objectContaining({ code: 'DATA_MISSING' }));
    const nowhere = { ...place, folder: join(place.home, 'nowhere') };
    await expect(planRecordingInThread(nowhere)).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
  });

  it('declares the exact rows that the log had discarded before they were recorded', async () => {
    const place = newPlace();
    const writer = await openWriter({ ...LIMITS, maxBytes: 300_000 });
    const first = startRecorder(place);
    await write(writer, 100);
    await first.recorder.sealUpTo(100);
    await first.recorder.stop();
    await write(writer, 3_000);
    const second = startRecorder(place);
    await second.recorder.sealUpTo(3_100);
    const [gap] = second.events.filter((event) => event.type === 'gap');
    expect(gap?.from).toBe(100);
    const end = (gap?.to ?? 0) + 1;
    expect(end).toBeGreaterThan(1_000);
    expect(readRecording(place.folder)).toMatchObject({ gaps: [{ from: 100, to: end - 1 }], rows: 3_200 - end });
    const plan = planRecording(place);
    expect(plan.gaps).toHaveLength(LIVE_TOPICS.length);
    expect(mergedLines(plan, place.tapesDir, sessionId)).toEqual([
      ...expectedLines(0, 100),
      ...expectedLines(end, 3_100),
    ]);
  });

  it('waits while NATS is away, and goes on', async () => {
    const place = newPlace();
    const writer = await openWriter();
    const { recorder, failures } = startRecorder(place);
    await write(writer, 1_000);
    await recorder.sealUpTo(1_000);
    await server.kill();
    await server.launch();
    await write(writer, 1_000);
    await recorder.sealUpTo(2_000);
    expect(failures).toEqual([]);
    expect(mergedLines(planRecording(place), place.tapesDir, sessionId)).toEqual(expectedLines(0, 2_000));
  });

  it('goes on after the log was lost, when the rows are numbered on from what is recorded, and fails when not', async () => {
    const place = newPlace();
    const first = await openWriter();
    const { recorder, failures } = startRecorder(place);
    await write(first, 200);
    await recorder.sealUpTo(200);
    first.close();
    await log.purge();
    const { epoch, seq } = readRecording(place.folder) ?? { epoch: 0, seq: 0 };
    const second = await openWriter(LIMITS, 1, { epoch, seq });
    await write(second, 100);
    await recorder.sealUpTo(300);
    expect(readRecording(place.folder)).toMatchObject({ seq: 300, rows: 300, gaps: [], epoch: 2 });
    second.close();
    await log.purge();
    await openWriter();
    await until('it has failed', () => failures.length === 1);
    expect(failures[0]).toMatchObject({ code: 'STREAM_FAILED' });
    expect(mergedLines(planRecording(place), place.tapesDir, sessionId)).toEqual(expectedLines(0, 300));
  });

  it('ends with its run when another one begins', async () => {
    const place = newPlace();
    const writer = await openWriter();
    const { recorder, events } = startRecorder(place);
    await write(writer, 100);
    await recorder.sealUpTo(100);
    await write(await openWriter(LIMITS, 2), 10);
    await until('it has seen that', () => events.some(({ type }) => type === 'overtaken'));
    expect(readRecording(place.folder)).toMatchObject({ seq: 100, run: 1 });
  });

  it('says so when rows do not come in time, and when its folder cannot be written', async () => {
    const place = newPlace();
    const writer = await openWriter();
    const { recorder } = startRecorder(place);
    await write(writer, 10);
    await expect(recorder.sealUpTo(11, { limitMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const file = join(place.home, 'file');
    writeFileSync(file, '');
    const broken = startRecorder({ ...place, folder: join(file, 'recording') });
    await until('it has failed', () => broken.failures.length === 1);
    await expect(broken.recorder.sealUpTo(1)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('refuses to replay when a part was removed', async () => {
    const place = newPlace();
    const writer = await openWriter();
    const { recorder } = startRecorder(place);
    await write(writer, 300);
    await recorder.sealUpTo(300);
    await recorder.stop();
    const topic = join(place.folder, 'trades.BTCUSDT');
    rmSync(join(topic, readdirSync(topic)[0] ?? ''));
    expect(() => planRecording(place)).toThrow(expect.objectContaining({ code: 'TAPE_DAMAGED' }));
  });
});

const python = pythonWithPyarrow();

/** Prints the columns, and where the typed ones differ from the rows. */
const SCRIPT = `
import json, math, sys, pyarrow as pa, pyarrow.ipc
with pa.ipc.open_file(sys.argv[1]) as file:
    table = file.read_all()
table.validate(full=True)
rows = [json.loads(text) for text in table["json"].to_pylist()]
best = {"best_bid": ("bids", "price"), "best_bid_quantity": ("bids", "quantity"),
        "best_ask": ("asks", "price"), "best_ask_quantity": ("asks", "quantity")}
differences = []
for name in table.column_names:
    if name in ("time", "json", "seq", "ts"): continue
    for index, value in enumerate(table[name].to_pylist()):
        row = rows[index]
        if name in best:
            side, field = best[name]
            wanted = row[side][0][field] if row[side] else None
            if math.isnan(value): value = None
        elif name == "event_time": wanted = row.get(name, table["ts"][index].as_py())
        else: wanted = row.get("time" if name == "trade_time" else name, "")
        if value != wanted: differences.append([name, index, value])
print(json.dumps({"columns": table.column_names, "seq": table["seq"].to_pylist(), "ts": table["ts"].to_pylist(),
                  "time": table["time"].to_pylist(), "differences": differences[:5]}))
`;

describe.skipIf(python === undefined)('recordings in pyarrow (needs python3 and the package pyarrow)', () => {
  it('have numbers, times and typed columns with the values of the rows', async () => {
    const place = newPlace();
    const writer = await openWriter();
    const { recorder } = startRecorder(place);
    await write(writer, 5_000);
    await recorder.sealUpTo(5_000);
    const seen: number[] = [];
    for (const { topic, tapes } of planRecording(place).topics) {
      const file = join(place.tapesDir, tapes[0]?.path ?? '');
      const read = JSON.parse(
        execFileSync(python ?? '', ['-c', SCRIPT, file], { encoding: 'utf8', maxBuffer: 1 << 28 }),
      );
      expect(read.differences, topic).toEqual([]);
      expect(read.columns.slice(0, 4)).toEqual(['time', 'json', 'seq', 'ts']);
      expect(read.columns.length, topic).toBeGreaterThan(6);
      expect(read.ts).toEqual(read.seq.map((seq: number) => liveRow(sessionId, seq).ts));
      expect(read.time).toEqual(read.ts.map((ts: number) => ts * 1_000));
      seen.push(...read.seq);
    }
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 5_000 }, (_, seq) => seq));
  }, 240_000);
});
