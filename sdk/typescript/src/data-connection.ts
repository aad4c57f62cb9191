import { connect, type Socket } from 'node:net';
import { type Fields, isFields, textOf } from './protocol.ts';

const NEWLINE = 10;
const ANSWER_MS = 10_000;
const EMPTY: Buffer = Buffer.alloc(0);
const STATUS = Buffer.from('{"status":');

export interface DataConnectionOptions {
  readonly path: string;
  /** The handshake and what is to follow at once. */
  readonly opening: string;
  /** Aegis says something of the connection: first that it is accepted. */
  readonly onStatement: (statement: Fields) => void;
  /** Whole rows. @throws Error when they cannot be taken: the connection is closed then */
  readonly onLines: (lines: Buffer) => void;
  readonly onClose: (end: ConnectionEnd) => void;
}

export interface ConnectionEnd {
  readonly reason: string;
  /** What Aegis has refused, in its words. */
  readonly refusal: string | undefined;
}

/** One data connection: first the answer to the handshake, then rows; lines with `status` among them are not rows. */
export class DataConnection {
  readonly #options: DataConnectionOptions;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #rest: Buffer = EMPTY;
  #refusal: string | undefined;
  accepted = false;
  broughtRows = false;

  constructor(options: DataConnectionOptions) {
    this.#options = options;
    const socket = connect(options.path);
    this.#socket = socket;
    this.#timer = setTimeout(() => socket.destroy(new Error('no answer to the handshake')), ANSWER_MS);
    let reason = 'end of connection';
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.once('close', () => {
      clearTimeout(this.#timer);
      options.onClose({ reason, refusal: this.#refusal });
    });
    socket.write(options.opening);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The rows below `seq` are handled. */
  acknowledge(seq: number): void {
    if (this.#socket.writable) this.#socket.write(`{"ack":${seq}}\n`);
  }

  /** Ends it; what was written still goes out. */
  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #onData(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    try {
      this.#read(data);
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #read(data: Buffer): void {
    let start = 0;
    // Statements come before the first row, at most one after the answer.
    while (!this.accepted || startsAt(data, start)) {
      const end = data.indexOf(NEWLINE, start) + 1;
      this.#rest = data.subarray(start);
      if (end === 0) return;
      this.#state(data.toString('utf8', start, end));
      start = end;
    }
    const end = data.lastIndexOf(NEWLINE) + 1;
    this.#rest = data.subarray(Math.max(start, end));
    if (end <= start) return;
    const last = Math.max(start, data.lastIndexOf(NEWLINE, end - 2) + 1);
    // What is wrong, before Aegis closes the connection.
    if (startsAt(data, last)) this.#state(data.toString('utf8', last, end));
    this.broughtRows = true;
    this.#options.onLines(data.subarray(start, end));
  }

  #state(line: string): void {
    clearTimeout(this.#timer);
    const statement: unknown = JSON.parse(line);
    if (!isFields(statement)) throw new Error('the answer to the handshake is not to be understood');
    if (statement.status !== 'ok') {
      this.#refusal = textOf(statement.message);
      throw new Error(`data stream refused: ${this.#refusal}`);
    }
    this.accepted = true;
    this.#options.onStatement(statement);
  }
}

function startsAt(data: Buffer, start: number): boolean {
  return (
    data.length - start >= STATUS.length && data.compare(STATUS, 0, STATUS.length, start, start + STATUS.length) === 0
  );
}
