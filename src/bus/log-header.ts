import { type MsgHdrs, MsgHdrsImpl } from 'nats';
import { decodeLogPosition, encodeLogPosition, LOG_HEADER, type LogPosition } from '../model/wire/live-log.ts';

/** JetStream keeps a message only when the number of the last one in the stream is this. */
const EXPECTED_LAST = 'Nats-Expected-Last-Sequence';

/** A header of which only the bytes are made: a map and its checks for every message would cost more than the message. */
class WrittenHeader extends MsgHdrsImpl {
  bytes: Uint8Array = new Uint8Array(0);

  override encode(): Uint8Array {
    return this.bytes;
  }
}

/** Makes the headers of a log's messages. One at a time: `publish` reads it before it returns. */
export class LogHeader {
  readonly #header = new WrittenHeader();

  of(at: LogPosition, after: number): MsgHdrs {
    const text = `NATS/1.0\r\n${LOG_HEADER}: ${encodeLogPosition(at)}\r\n${EXPECTED_LAST}: ${after}\r\n\r\n`;
    this.#header.bytes = Buffer.from(text, 'latin1');
    return this.#header;
  }
}

/** Undefined when the message is not one of a log. */
export function positionIn(header: MsgHdrs | undefined): LogPosition | undefined {
  const text = header?.get(LOG_HEADER);
  if (text === undefined || text === '') return undefined;
  try {
    return decodeLogPosition(text);
  } catch {
    // Anybody may publish on a session's subjects; a message without a position is nobody's row.
    return undefined;
  }
}
