import type { Socket } from 'node:net';
import { type Fields, isFields } from '../../model/wire/fields.ts';
import type { RowFormat } from './row-format.ts';
import type { Claim } from './stream-position.ts';

/** Answers are padded: one SDK drops what it reads together with the answer, and reads 4096 bytes at once. */
const ANSWER_BYTES = 4096;
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** The first line of a data connection. */
export interface Handshake {
  readonly componentId: string;
  readonly sessionToken: string;
  readonly format: RowFormat;
  /** Rows are wanted with their numbers. */
  readonly seq: boolean;
  /** It wants to be told between its rows when it is behind a realtime stream, is back, or has lost rows. */
  readonly notices: boolean;
  readonly claim: Claim;
}

/** A position in the component's own stream, as the answer states it, or a line before the first row. */
export interface StatedPosition {
  readonly run: number;
  /** Missing when the server learns it only with the row itself. */
  readonly from?: number;
  /** Rows below were written before to a connection that asked for numbers. */
  readonly given: number;
}

/** Where handshakes that are not complete wait together: `grow` is false when they hold too much. */
export interface HandshakeBudget {
  grow(bytes: number): boolean;
}

export interface HandshakeReader {
  readonly socket: Socket;
  readonly timeoutMs: number;
  readonly budget: HandshakeBudget;
  /** Gets what is wrong instead of a handshake, and the input that came after the line. */
  readonly done: (handshake: Handshake | string, rest: Buffer) => void;
}

/** Reads the first line of a connection. Closes it when it does not come, or is absurdly long. */
export function readHandshake({ socket, timeoutMs, budget, done }: HandshakeReader): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const abandon = (): void => {
    socket.destroy();
  };
  const timer = setTimeout(abandon, timeoutMs);
  const leave = (): void => {
    clearTimeout(timer);
    budget.grow(-size);
    size = 0;
  };
  const onData = (chunk: Buffer): void => {
    const newline = chunk.indexOf(NEWLINE);
    if (newline < 0) {
      chunks.push(chunk);
      size += chunk.length;
      if (!budget.grow(chunk.length) || size > MAX_LINE_BYTES) abandon();
      return;
    }
    leave();
    socket.off('close', leave);
    socket.off('end', abandon);
    socket.off('data', onData);
    socket.resume();
    const line = Buffer.concat([...chunks, chunk.subarray(0, newline)]);
    done(parseHandshake(line), chunk.subarray(newline + 1));
  };
  socket.on('data', onData);
  socket.once('end', abandon);
  socket.once('close', leave);
}

/** `topics`: full topics, in the order of CONFIGURE. */
export function acceptance(topics: readonly string[], position?: StatedPosition, format: RowFormat = 'ndjson'): Buffer {
  return padded({ status: 'ok', topics, ...(format === 'ndjson' ? {} : { format }), ...position });
}

/** The line that states the position when the run has begun after the handshake. */
export function statement(position: StatedPosition): Buffer {
  return Buffer.from(`${JSON.stringify({ status: 'ok', ...position })}\n`, 'utf8');
}

export function refusal(message: string): Buffer {
  return padded({ status: 'error', message });
}

function padded(answer: object): Buffer {
  const text = JSON.stringify(answer);
  const spaces = Math.max(0, ANSWER_BYTES - 1 - Buffer.byteLength(text));
  return Buffer.from(`${text}${' '.repeat(spaces)}\n`, 'utf8');
}

function parseHandshake(line: Buffer): Handshake | string {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return 'invalid handshake';
  }
  if (!isFields(value)) return 'invalid handshake';
  const { component_id: componentId, session_token: sessionToken, format: wanted, seq, notices } = value;
  if (typeof componentId !== 'string' || typeof sessionToken !== 'string') return 'invalid handshake';
  if (!isAbsent(seq) && typeof seq !== 'boolean') return 'invalid seq: true or false is expected';
  if (!isAbsent(notices) && typeof notices !== 'boolean') return 'invalid notices: true or false is expected';
  const format = isAbsent(wanted) ? 'ndjson' : wanted;
  if (format !== 'ndjson' && format !== 'arrow') return 'invalid format: "ndjson" or "arrow" is expected';
  const claim = claimOf(value);
  if (typeof claim === 'string') return claim;
  if (claim.received !== undefined && (seq === true || claim.from !== undefined)) {
    return 'invalid received: it cannot be combined with seq or from';
  }
  if (format === 'arrow') {
    if (seq === true) return 'invalid seq: batches have the numbers of their rows always';
    if (notices === true) return 'invalid notices: there is no place for them between batches';
    if (claim.received !== undefined) return 'invalid received: it counts bytes of lines; say from and run';
  }
  return { componentId, sessionToken, format, seq: seq === true, notices: notices === true, claim };
}

function claimOf({ received, from, run }: Fields): Claim | string {
  if (!isAbsent(from) && from !== 'start' && from !== 'next' && !isNatural(from)) {
    return 'invalid from: "start", "next" or the number of a row is expected, from 0 on';
  }
  if (!isAbsent(run) && !isNatural(run)) return 'invalid run: the number of a run is expected';
  return {
    // SDKs of the first generation say it, others do not; what is no number was always ignored.
    ...(isNatural(received) ? { received } : {}),
    ...(isAbsent(from) ? {} : { from }),
    ...(isAbsent(run) ? {} : { run }),
  };
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isNatural(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
