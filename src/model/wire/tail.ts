import { encodeLine, isFields, natural, parseFields, text } from './fields.ts';

/**
 * Rows that components were given and the log may not have: JetStream and the orchestrator died before they were kept. An
 * orchestrator that has begun a new epoch asks the data stream server for them and writes them first, so that nothing was
 * given that does not count. Asked again, from the row after the last one, until the answer is empty.
 */
export interface TailRequest {
  readonly run: number;
  /** Number of the row with which the log ends, plus one. */
  readonly seq: number;
}

/** A message as it was delivered. */
export interface TailMessage {
  /** Full topic. */
  readonly subject: string;
  readonly seq: number;
  readonly rows: number;
  /** Time of its last row, unix ms. */
  readonly ts: number;
  /** Whole lines. */
  readonly lines: Uint8Array;
}

/** An answer is at most so long, but for a single message that is longer: below what NATS takes. */
export const TAIL_BYTES = 512 * 1024;

export function tailSubject(sessionId: string): string {
  return `aegis.${sessionId}.tail`;
}

export function encodeTailRequest({ run, seq }: TailRequest): Uint8Array {
  return encodeLine({ run, seq });
}

/** Throws STREAM_FAILED when it is none. */
export function decodeTailRequest(bytes: Uint8Array): TailRequest {
  const fields = parseFields('tail', bytes);
  return { run: natural('tail', fields, 'run'), seq: natural('tail', fields, 'seq') };
}

/** A line that describes the messages, and after it their lines: the first ones in `messages` that fit. */
export function encodeTail(messages: Iterable<TailMessage>): Uint8Array {
  const described: object[] = [];
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const { subject, seq, rows, ts, lines } of messages) {
    if (size > 0 && size + lines.length > TAIL_BYTES) break;
    described.push({ subject, seq, rows, ts, bytes: lines.length });
    parts.push(lines);
    size += lines.length + DESCRIPTION_BYTES;
  }
  return Buffer.concat([encodeLine({ messages: described }), ...parts]);
}

/** Throws STREAM_FAILED when it is no answer, or not a whole one. */
export function decodeTail(bytes: Uint8Array): TailMessage[] {
  const end = bytes.indexOf(NEWLINE) + 1;
  const { messages } = parseFields('tail', bytes.subarray(0, end));
  if (!Array.isArray(messages)) return [];
  let place = end;
  return messages.filter(isFields).map((fields) => {
    const length = natural('tail', fields, 'bytes');
    const lines = bytes.subarray(place, place + length);
    place += length;
    const [seq, rows, ts] = [
      natural('tail', fields, 'seq'),
      natural('tail', fields, 'rows'),
      natural('tail', fields, 'ts'),
    ];
    return { subject: text('tail', fields, 'subject'), seq, rows, ts, lines };
  });
}

/** Roughly what a message costs in the first line. */
const DESCRIPTION_BYTES = 120;
const NEWLINE = 10;
