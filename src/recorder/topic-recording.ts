import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseTopic } from '../model/topic.ts';
import { type Fields, isFields } from '../model/wire/fields.ts';
import { type PartKey, PartWriter } from '../tape/part-writer.ts';
import { TAPE_SUFFIX } from '../tape/path.ts';
import { type RecordedTopic, syncFolder } from '../tape/recording.ts';
import { TopicLines } from './topic-lines.ts';

const STAGED = '.new-';

/** The parts of one topic: sealed ones, and the one that is being written. */
export class TopicRecording {
  readonly #key: PartKey;
  readonly #folder: string;
  readonly #lines: TopicLines;
  #sealed: RecordedTopic | undefined;
  #writer: PartWriter | undefined;

  /** `folder`: of the recording. `sealed`: what it says of this topic. Removes what was never sealed. */
  constructor(key: PartKey, folder: string, sealed: RecordedTopic | undefined) {
    this.#key = key;
    this.#folder = path.join(folder, key.topic);
    this.#lines = new TopicLines(key.sessionId, key.topic);
    this.#sealed = sealed;
    mkdirSync(this.#folder, { recursive: true });
  }

  /** What is sealed; undefined when nothing is. */
  get sealed(): RecordedTopic | undefined {
    return this.#sealed;
  }

  /** Takes the lines of a message from number `skip` on; `seq` is the number of its first row. The number of lines. */
  take(payload: Uint8Array, seq: number, skip: number): number {
    let index = 0;
    for (const { ts, json } of this.#lines.of(payload)) {
      if (index >= skip) {
        this.#open(seq + index).append({ seq: seq + index, ts, data: parseData(json) }, json);
      }
      index += 1;
    }
    return index;
  }

  /** Puts what was taken since the last time in its place. Survives a loss of power. */
  seal(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    const { topic, rows, firstSeq, lastSeq, firstTs, lastTs } = writer.seal();
    syncFolder(this.#folder);
    const before = this.#sealed;
    this.#sealed = {
      topic,
      rows: (before?.rows ?? 0) + rows,
      parts: (before?.parts ?? 0) + 1,
      firstSeq: before?.firstSeq ?? firstSeq,
      lastSeq,
      firstTs: Math.min(before?.firstTs ?? firstTs, firstTs),
      lastTs: Math.max(before?.lastTs ?? lastTs, lastTs),
    };
  }

  abort(): void {
    this.#writer?.abort();
    this.#writer = undefined;
  }

  #open(seq: number): PartWriter {
    if (this.#writer !== undefined) return this.#writer;
    const { type } = parseTopic(this.#key.topic);
    const name = `${seq}${TAPE_SUFFIX}`;
    const [staged, target] = [path.join(this.#folder, STAGED + name), path.join(this.#folder, name)];
    this.#writer = new PartWriter({ staged, target, key: this.#key, type });
    return this.#writer;
  }
}

/** A row whose data is no JSON object is kept as it is: its typed columns are empty. */
function parseData(json: string): Fields {
  try {
    const data: unknown = JSON.parse(json);
    return isFields(data) ? data : {};
  } catch {
    return {};
  }
}

/** Removes parts that were written and not sealed: their rows are in the log still. `seq`: rows below are sealed. */
export function removeUnsealed(folder: string, seq: number): void {
  for (const topic of readdirSync(folder, { withFileTypes: true })) {
    if (!topic.isDirectory()) continue;
    for (const name of readdirSync(path.join(folder, topic.name))) {
      const first = Number.parseInt(name, 10);
      if (name.startsWith(STAGED) || first >= seq) rmSync(path.join(folder, topic.name, name));
    }
  }
}
