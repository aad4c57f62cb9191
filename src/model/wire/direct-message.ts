import { AegisError } from '../errors.ts';
import { decodeLogPosition, encodeLogPosition, type LogPosition } from './live-log.ts';

/**
 * Rows of a realtime run on their short way: from the orchestrator to the data stream server over a Unix socket, while the same
 * message goes to the log. On the wire: `<subject> <bytes of the payload> <position in the log>`, a line end, the payload.
 */
export interface DirectMessage {
  readonly subject: string;
  /** Whole lines of one topic. */
  readonly payload: Uint8Array;
  readonly at: LogPosition;
}

const MAX_HEAD_BYTES = 1_024;
/** More than NATS would take. */
const MAX_PAYLOAD_BYTES = 8 << 20;
const NEWLINE = 10;

export function encodeDirect({ subject, payload, at }: DirectMessage): Buffer {
  const head = `${subject} ${payload.byteLength} ${encodeLogPosition(at)}\n`;
  const message = Buffer.allocUnsafe(head.length + payload.byteLength);
  message.write(head, 'latin1');
  message.set(payload, head.length);
  return message;
}

/** Takes the bytes of one connection as they come, cut anywhere. */
export class DirectReader {
  #rest: Buffer = EMPTY;

  /** Gives every message that is whole; a payload is a view that stays valid. Throws STREAM_FAILED at anything else. */
  read(chunk: Buffer, take: (message: DirectMessage) => void): void {
    const input = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let place = 0;
    for (;;) {
      const headEnd = input.indexOf(NEWLINE, place);
      if (headEnd < 0) break;
      const { subject, bytes, at } = headOf(input.toString('latin1', place, headEnd));
      const end = headEnd + 1 + bytes;
      if (end > input.length) break;
      take({ subject, payload: input.subarray(headEnd + 1, end), at });
      place = end;
    }
    this.#rest = place === input.length ? EMPTY : input.subarray(place);
    if (this.#rest.length > MAX_HEAD_BYTES + MAX_PAYLOAD_BYTES) throw noMessage(`${this.#rest.length} bytes`);
  }
}

interface Head {
  readonly subject: string;
  readonly bytes: number;
  readonly at: LogPosition;
}

function headOf(text: string): Head {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  const bytes = Number(text.slice(first + 1, second));
  if (first < 1 || second < 0 || !Number.isSafeInteger(bytes) || bytes < 0 || bytes > MAX_PAYLOAD_BYTES) {
    throw noMessage(`"${text.slice(0, 100)}"`);
  }
  return { subject: text.slice(0, first), bytes, at: decodeLogPosition(text.slice(second + 1)) };
}

function noMessage(what: string): AegisError {
  return new AegisError('STREAM_FAILED', `${what} is no message of an orchestrator`);
}

const EMPTY = Buffer.alloc(0);
