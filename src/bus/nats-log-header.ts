import { type MsgHdrs, MsgHdrsImpl } from 'nats';
import { decodeLogPosition, LOG_HEADER, type LogPosition } from '../model/wire/live-log.ts';
import type { LogAppend } from './log.ts';
import { logHeader } from './log-header.ts';

/** A header of which only the bytes are made: a map and its checks for every message would cost more than the message. */
class WrittenHeader extends MsgHdrsImpl {
  bytes: Uint8Array = new Uint8Array(0);

  override encode(): Uint8Array {
    return this.bytes;
  }
}

/** Gives the library the headers of a log's messages. One at a time: `publish` reads it before it returns. */
export class LogHeader {
  readonly #header = new WrittenHeader();

  of(message: Pick<LogAppend, 'at' | 'after' | 'previous'>): MsgHdrs {
    this.#header.bytes = Buffer.from(logHeader(message), 'latin1');
    return this.#header;
  }
}

/** Undefined when the message is not one of a log. */
export function positionIn(message: { readonly headers?: MsgHdrs | undefined }): LogPosition | undefined {
  const text = firstLineOf(message) ?? message.headers?.get(LOG_HEADER);
  if (text === undefined || text === '') return undefined;
  try {
    return decodeLogPosition(text);
  } catch {
    // Anybody may publish on a session's subjects; a message without a position is nobody's row.
    return undefined;
  }
}

const FIRST_LINE = Buffer.from(`NATS/1.0\r\n${LOG_HEADER}: `, 'latin1');
const LINE_END = 13;

/**
 * The position as {@link LogHeader} writes it: in the first line of the header. The client would make a map of all lines, with
 * canonical names, which takes longer than everything else that is done with a row.
 */
function firstLineOf(message: object): string | undefined {
  // These are no public parts of the client: when it has others, or somebody else has written the header, the map serves.
  const bytes: unknown = Reflect.get(message, '_rdata');
  const parsed: unknown = Reflect.get(message, '_msg');
  const length: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'hdr') : undefined;
  if (!(bytes instanceof Uint8Array) || typeof length !== 'number' || length < FIRST_LINE.length) return undefined;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  if (FIRST_LINE.compare(header, 0, FIRST_LINE.length) !== 0) return undefined;
  return header.toString('latin1', FIRST_LINE.length, header.indexOf(LINE_END, FIRST_LINE.length));
}
