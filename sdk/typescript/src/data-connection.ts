import { connect, type Socket } from 'node:net';
import { ArrowInput } from './arrow-input.ts';
import type { ArrowLibrary, RecordBatch } from './arrow-library.ts';
import { AegisError } from './errors.ts';
import { LineInput } from './line-input.ts';
import { type Fields, isFields, textOf } from './protocol.ts';
import { ReadBuffer } from './read-buffer.ts';

const NEWLINE = 10;
const ANSWER_MS = 10_000;

export interface DataConnectionOptions {
  readonly path: string;
  /** The handshake and what is to follow at once. */
  readonly opening: string;
  /** Aegis says something of the connection: first that it is accepted. */
  readonly onStatement: (statement: Fields) => void;
  /** Given when rows come as record batches instead of lines. */
  readonly arrow: ArrowLibrary | undefined;
  /** Whole lines, or record batches. @throws Error when they cannot be taken: the connection is closed then */
  readonly onRows: (rows: Buffer | readonly RecordBatch[]) => void;
  readonly onClose: (end: ConnectionEnd) => void;
}

export interface ConnectionEnd {
  readonly reason: string;
  /** What Aegis has refused, in its words. */
  readonly refusal: string | undefined;
  /** Another connection would not help. */
  readonly failure: AegisError | undefined;
}

/** One data connection: first the answer to the handshake, then rows. */
export class DataConnection {
  readonly #options: DataConnectionOptions;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  readonly #input: LineInput | ArrowInput;
  readonly #buffer = new ReadBuffer();
  #refusal: string | undefined;
  #failure: AegisError | undefined;
  accepted = false;
  broughtRows = false;

  constructor(options: DataConnectionOptions) {
    this.#options = options;
    const { arrow } = options;
    const onLine = (line: string): void => this.#state(line);
    this.#input = arrow === undefined ? new LineInput(onLine) : new ArrowInput({ library: arrow, onLine });
    const socket = connect({
      path: options.path,
      onread: {
        buffer: () => this.#buffer.room(),
        callback: (length) => {
          this.#onRead(length);
          return true;
        },
      },
    });
    this.#socket = socket;
    this.#timer = setTimeout(() => socket.destroy(new Error('no answer to the handshake')), ANSWER_MS);
    let reason = 'end of connection';
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.once('close', () => {
      clearTimeout(this.#timer);
      options.onClose({ reason, refusal: this.#refusal, failure: this.#failure });
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

  #onRead(length: number): void {
    try {
      const data = this.#buffer.filled(length);
      const begin = this.accepted ? 0 : this.#takeAnswer(data);
      if (!this.accepted) return;
      const { rows, bytes } = this.#input.take(data.subarray(begin));
      this.#buffer.pass(begin + bytes);
      if (rows.length === 0) return;
      this.broughtRows = true;
      this.#options.onRows(rows);
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The length of the answer, if the whole of it is there. */
  #takeAnswer(data: Buffer): number {
    const end = data.indexOf(NEWLINE) + 1;
    if (end > 0) this.#state(data.toString('utf8', 0, end));
    return end;
  }

  #state(line: string): void {
    clearTimeout(this.#timer);
    const statement: unknown = JSON.parse(line);
    if (!isFields(statement)) throw new Error('the answer to the handshake is not to be understood');
    if (statement.status !== 'ok') {
      this.#refusal = textOf(statement.message);
      throw new Error(`data stream refused: ${this.#refusal}`);
    }
    const wanted = this.#options.arrow === undefined ? undefined : 'arrow';
    if (!this.accepted && wanted !== undefined && statement.format !== wanted) {
      this.#failure = new AegisError(`this Aegis does not give rows in the format ${wanted}: update it`);
      throw this.#failure;
    }
    this.accepted = true;
    this.#options.onStatement(statement);
  }
}
