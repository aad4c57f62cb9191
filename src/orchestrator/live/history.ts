import { linePrefix } from '../../model/wire/line.ts';
import { runBytes, runTopic } from '../../model/wire/order.ts';
import { topicSubject } from '../../model/wire/subjects.ts';
import { nextTurn, SliceSource, type SliceSourceOptions } from '../slice-source.ts';
import type { OutputRows } from './live-output.ts';

export interface HistoryOptions extends SliceSourceOptions {
  /** Rows of it that have been written already. */
  readonly fromSeq: number;
  readonly signal: AbortSignal;
  /** Takes rows in the order of the stream; the next ones come when it has returned. */
  readonly write: (rows: OutputRows) => Promise<void> | undefined;
}

const NEWLINE = 10;

/** Writes the tapes' part of a realtime run: the same rows in the same order as a historical session gives. */
export async function writeHistory({ fromSeq, signal, write, ...source }: HistoryOptions): Promise<void> {
  const slices = new SliceSource(source);
  const subjects = source.topics.map(({ topic }) => topicSubject(source.sessionId, topic));
  const prefixes = source.topics.map(({ topic }) => linePrefix(source.sessionId, topic).length);
  try {
    await slices.seek(fromSeq, signal);
    while (!slices.done && !signal.aborted) {
      slices.cut();
      const arena = Buffer.allocUnsafe(slices.runs.bytes);
      slices.renderer.render(slices.runs, arena);
      const read = new Int32Array(source.topics.length);
      for (const word of slices.runs.words()) {
        const topic = runTopic(word);
        const start = read[topic] ?? 0;
        read[topic] = start + runBytes(word);
        const lines = slices.renderer.lines(topic, arena).subarray(start, read[topic]);
        const ts = timeOf(lines, prefixes[topic] ?? 0);
        await write({ subject: subjects[topic] ?? '', lines, rows: countLines(lines), ts });
      }
      await nextTurn();
    }
  } finally {
    slices.close();
  }
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let place = lines.indexOf(NEWLINE); place >= 0; place = lines.indexOf(NEWLINE, place + 1)) count += 1;
  return count;
}

/** Time of the last line, unix ms. */
function timeOf(lines: Buffer, prefix: number): number {
  const start = lines.lastIndexOf(NEWLINE, lines.length - 2) + 1 + prefix;
  return Number.parseInt(lines.toString('latin1', start, start + 16), 10);
}
