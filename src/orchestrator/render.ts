import { LINE_END, LINE_MIDDLE, linePrefix } from '../model/wire/line.ts';
import { LineHead } from './line-head.ts';
import type { SliceRuns } from './slice-runs.ts';

const US_PER_MS = 1_000;
const [CLOSE = 0, NEWLINE = 0] = LINE_END;

/** Writes the lines of a slice: the lines of one topic lie together, in order, and are one NATS message. */
export class Renderer {
  readonly #heads: readonly LineHead[];
  readonly #write: Int32Array;
  readonly #start: Int32Array;
  /** Bytes of a line of each topic without its time and its data. */
  readonly lineOverheads: readonly number[];

  constructor(sessionId: string, topics: readonly string[]) {
    const prefixes = topics.map((topic) => linePrefix(sessionId, topic));
    this.#heads = prefixes.map((prefix) => new LineHead(prefix));
    this.lineOverheads = prefixes.map((prefix) => prefix.length + LINE_MIDDLE.length + LINE_END.length);
    this.#write = new Int32Array(topics.length);
    this.#start = new Int32Array(topics.length);
  }

  /** Fills `arena`, which must have room for `runs.bytes`. */
  render(runs: SliceRuns, arena: Buffer): void {
    let place = 0;
    for (const [topic, bytes] of runs.topicBytes.entries()) {
      this.#write[topic] = place;
      this.#start[topic] = place;
      place += bytes;
    }
    for (let run = 0; run < runs.count; run++) this.#renderRun(runs, run, arena);
  }

  /** The lines of one topic of the slice that was rendered last. */
  lines(topic: number, arena: Buffer): Buffer {
    return arena.subarray(this.#start[topic], this.#write[topic]);
  }

  #renderRun(runs: SliceRuns, run: number, arena: Buffer): void {
    const topic = runs.topic[run] ?? 0;
    const batch = runs.batch[run];
    const head = this.#heads[topic];
    if (batch === undefined || head === undefined) return;
    const { time, json, offsets } = batch;
    const first = runs.firstRow[run] ?? 0;
    const last = first + (runs.runRows[run] ?? 0);
    let place = this.#write[topic] ?? 0;
    for (let row = first; row < last; row++) {
      const bytes = head.at(Math.floor((time[row] ?? 0) / US_PER_MS));
      // For a whole array `set` takes half the time of `copy`; for a part it would need a view of it.
      arena.set(bytes, place);
      place += bytes.length;
      place += json.copy(arena, place, offsets[row], offsets[row + 1]);
      arena[place] = CLOSE;
      arena[place + 1] = NEWLINE;
      place += 2;
    }
    this.#write[topic] = place;
  }
}
