import type { Socket } from 'node:net';
import { isFields } from '../../model/wire/fields.ts';

/** Answers are padded: one SDK drops what it reads together with the answer, and reads 4096 bytes at once. */
const ANSWER_BYTES = 4096;
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 10;

export interface Handshake {
  readonly componentId: string;
  readonly sessionToken: string;
  /**
   * Bytes of whole rows that the component has received since its start or the last REBORN. SDKs of Aegis say it when
   * they reconnect, others do not.
   */
  readonly received: number | undefined;
}

/** Reads the first line of a connection, within `timeoutMs`. Later input is read and ignored. */
export function readHandshake(
  socket: Socket,
  timeoutMs: number,
  done: (handshake: Handshake | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const end = (line: Buffer): void => {
    clearTimeout(timer);
    socket.off('data', onData);
    socket.resume();
    done(parseHandshake(line));
  };
  const onData = (chunk: Buffer): void => {
    const newline = chunk.indexOf(NEWLINE);
    if (newline >= 0) {
      end(Buffer.concat([...chunks, chunk.subarray(0, newline)]));
      return;
    }
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_LINE_BYTES) socket.destroy();
  };
  socket.on('data', onData);
  socket.once('close', () => clearTimeout(timer));
}

/** `topics`: full topics, in the order of CONFIGURE. */
export function acceptance(topics: readonly string[]): Buffer {
  return padded({ status: 'ok', topics });
}

export function refusal(message: string): Buffer {
  return padded({ status: 'error', message });
}

function padded(answer: object): Buffer {
  const text = JSON.stringify(answer);
  const spaces = Math.max(0, ANSWER_BYTES - 1 - Buffer.byteLength(text));
  return Buffer.from(`${text}${' '.repeat(spaces)}\n`, 'utf8');
}

function parseHandshake(line: Buffer): Handshake | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isFields(value)) return undefined;
  const { component_id: componentId, session_token: sessionToken, received } = value;
  if (typeof componentId !== 'string' || typeof sessionToken !== 'string') return undefined;
  const counted = typeof received === 'number' && Number.isSafeInteger(received) && received >= 0;
  return { componentId, sessionToken, received: counted ? received : undefined };
}
