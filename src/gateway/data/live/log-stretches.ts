import type { LiveRows } from '../topic-group.ts';
import { endOf, type LiveMessage, linesFrom } from './live-message.ts';

export interface StretchOptions {
  readonly run: number;
  /** Number of the first row that is wanted. */
  readonly seq: number;
  /** Whether the lines of a subject are the group's own. */
  readonly wants: (subject: string) => boolean;
}

/** Rows before row `missingTo` are not in the log: it has dropped them while it was read, or never had them. */
export type LogStretch = LiveRows | { readonly missingTo: number };

/** Lines that are handed on together. */
const MAX_BYTES = 32 * 1024;
const NO_LINES = Buffer.alloc(0);

/** A group's own lines in a batch of the log, many messages as one; ends where rows are missing. */
export function* stretchesOf(
  batch: readonly LiveMessage[],
  { run, seq, wants }: StretchOptions,
): Generator<LogStretch> {
  let lines: Buffer[] = [];
  let bytes = 0;
  let ownRows = 0;
  let first = seq;
  let next = seq;
  let ts = 0;
  const rows = (): LiveRows => ({ seq: first, rows: next - first, ts, lines: joined(lines), ownRows });
  for (const message of batch) {
    const end = endOf(message);
    if (message.at.run !== run || end <= next) continue;
    if (message.at.seq > next) {
      if (next > first) yield rows();
      yield { missingTo: message.at.seq };
      return;
    }
    if (wants(message.subject)) {
      const own = linesFrom(message, next);
      lines.push(own);
      bytes += own.length;
      ownRows += end - next;
    }
    next = end;
    ts = message.at.ts;
    if (bytes < MAX_BYTES) continue;
    yield rows();
    first = next;
    lines = [];
    bytes = 0;
    ownRows = 0;
  }
  if (next > first) yield rows();
}

function joined(lines: readonly Buffer[]): Buffer {
  const [only] = lines;
  if (only === undefined) return NO_LINES;
  return lines.length === 1 ? only : Buffer.concat(lines);
}
