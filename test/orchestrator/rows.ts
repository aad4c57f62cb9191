import type { TopicSource } from '../../src/orchestrator/topic-cursor.ts';
import type { ClaimMemory } from '../../src/tape/batch-memory.ts';
import type { TapeBatch, TapeReader } from '../../src/tape/reader.ts';

/** A row as a test writes it: time in unix µs, data as JSON text. */
export interface TestRow {
  readonly timeUs: number;
  readonly json: string;
}

export interface TestTopic {
  readonly topic: string;
  /** One list per tape, each in time order. */
  readonly tapes: readonly (readonly TestRow[])[];
}

/** 2026-01-01T00:00:00Z */
export const DAY_START_MS = 1_767_225_600_000;

/** Tapes in memory, with batches of `batchRows` rows. */
export function memorySource({ topic, tapes }: TestTopic, batchRows = 16): TopicSource {
  return { topic, tapes: tapes.length, open: (index) => memoryTape(tapes[index] ?? [], batchRows) };
}

function memoryTape(rows: readonly TestRow[], batchRows: number): TapeReader {
  const batches: TapeBatch[] = [];
  for (let start = 0; start < rows.length; start += batchRows)
    batches.push(batchOf(rows.slice(start, start + batchRows)));
  let open = true;
  return {
    batches: batches.length,
    batch: (index, claim) => {
      const batch = batches[index];
      if (batch === undefined) throw new RangeError(`there is no batch ${index}`);
      return claim === undefined ? batch : putInto(claim, batch);
    },
    close: () => {
      // A real tape would close somebody else's descriptor.
      if (!open) throw new Error('the tape is closed twice');
      open = false;
    },
  };
}

/** As the reader of a real tape does: what was in the memory before is gone. */
function putInto(claim: ClaimMemory, { rows, time, offsets, json }: TapeBatch): TapeBatch {
  const memory = claim({ rows, jsonBytes: json.length, numbered: false });
  memory.json.fill(0);
  memory.time.fill(0);
  memory.json.set(json);
  memory.time.set(time);
  memory.offsets.set(offsets);
  return {
    rows,
    time: memory.time.subarray(0, rows),
    offsets: memory.offsets.subarray(0, rows + 1),
    json: memory.json.subarray(0, json.length),
  };
}

function batchOf(rows: readonly TestRow[]): TapeBatch {
  const offsets = new Int32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) offsets[index + 1] = (offsets[index] ?? 0) + Buffer.byteLength(row.json);
  return {
    rows: rows.length,
    time: Float64Array.from(rows, (row) => row.timeUs),
    json: Buffer.from(rows.map((row) => row.json).join(''), 'utf8'),
    offsets,
  };
}

/**
 * The stream as it must be, made without any code of the project: all rows in one list, sorted by time, then topic,
 * then place in the topic, and written with a template.
 */
export function expectedStream(
  sessionId: string,
  topics: readonly TestTopic[],
  wanted: readonly string[] = topics.map(({ topic }) => topic),
  range: { readonly from: number; readonly to: number } = { from: 0, to: Number.MAX_SAFE_INTEGER },
): string {
  const all = topics.flatMap(({ topic, tapes }, topicIndex) =>
    tapes.flat().map((row, place) => ({ ...row, topic, topicIndex, place, ts: Math.floor(row.timeUs / 1_000) })),
  );
  return all
    .filter(({ ts, topic }) => ts >= range.from && ts < range.to && wanted.includes(topic))
    .sort((a, b) => a.timeUs - b.timeUs || a.topicIndex - b.topicIndex || a.place - b.place)
    .map(
      ({ topic, ts, json }) =>
        `{"session_id":"${sessionId}","topic":"aegis.${sessionId}.${topic}","ts":${ts},"data":${json}}\n`,
    )
    .join('');
}

/** Rows with many ties: several rows per time, times shared between topics. Deterministic. */
export function syntheticRows(count: number, { seed = 1, stepUs = 3_000 } = {}): TestRow[] {
  const rows: TestRow[] = [];
  let time = DAY_START_MS * 1_000;
  let state = seed;
  for (let id = 0; id < count; id++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    if (state % 3 !== 0) time += (state >>> 16) % stepUs;
    rows.push({
      timeUs: time,
      json: `{"agg_trade_id":${id},"price":${40_000 + (state % 997)}.${state % 89},"quantity":0.0${1 + (state % 9)},"note":"${'x'.repeat(state % 40)}"}`,
    });
  }
  return rows;
}
