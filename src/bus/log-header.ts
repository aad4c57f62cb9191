import { encodeLogPosition, LOG_HEADER, type LogPosition } from '../model/wire/live-log.ts';
import type { LogAppend } from './log.ts';

/** JetStream keeps a message only when the number of the last one in the stream is this. */
const LAST_PLACE = 'Nats-Expected-Last-Sequence';
const ID = 'Nats-Msg-Id';
/** The same for the id of the last one. */
const LAST_ID = 'Nats-Expected-Last-Msg-Id';

/** The header of a log's message, as it goes over the wire. ASCII. */
export function logHeader({ at, after, previous }: Pick<LogAppend, 'at' | 'after' | 'previous'>): string {
  const chain = previous === undefined ? '' : `${LAST_ID}: ${idOf(previous)}\r\n`;
  return `NATS/1.0\r\n${LOG_HEADER}: ${encodeLogPosition(at)}\r\n${LAST_PLACE}: ${after}\r\n${ID}: ${idOf(at)}\r\n${chain}\r\n`;
}

function idOf({ run, epoch, seq, rows }: LogPosition): string {
  return `${run}-${epoch}-${seq}-${rows}`;
}
