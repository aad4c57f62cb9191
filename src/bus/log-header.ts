import { type MsgHdrs, MsgHdrsImpl } from 'nats';
import { decodeLogPosition, encodeLogPosition, LOG_HEADER, type LogPosition } from '../model/wire/live-log.ts';
import type { LogAppend } from './log.ts';

/** JetStream keeps a message only when the number of the last one in the stream is this. */
const LAST_PLACE = 'Nats-Expected-Last-Sequence';
const ID = 'Nats-Msg-Id';
/** The same for the id of the last one. */
const LAST_ID = 'Nats-Expected-Last-Msg-Id';

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

  of({ at, after, previous }: Pick<LogAppend, 'at' | 'after' | 'previous'>): MsgHdrs {
    const chain = previous === undefined ? '' : `${LAST_ID}: ${idOf(previous)}\r\n`;
    const text = `NATS/1.0\r\n${LOG_HEADER}: ${encodeLogPosition(at)}\r\n${LAST_PLACE}: ${after}\r\n${ID}: ${idOf(at)}\r\n${chain}\r\n`;
    this.#header.bytes = Buffer.from(text, 'latin1');
    return this.#header;
  }
}

function idOf({ run, epoch, seq, rows }: LogPosition): string {
  return `${run}-${epoch}-${seq}-${rows}`;
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
