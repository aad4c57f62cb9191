import { connect, type Socket } from 'node:net';
import { isFields, textOf } from './protocol.ts';

const NEWLINE = 10;
const ANSWER_MS = 10_000;
const EMPTY: Buffer = Buffer.alloc(0);

export interface DataConnectionOptions {
  readonly path: string;
  readonly handshake: object;
  readonly onAccepted: () => void;
  /** Whole rows. */
  readonly onLines: (lines: Buffer) => void;
  readonly onClose: (reason: string) => void;
}

/** One data connection: first the answer to the handshake, then rows. */
export class DataConnection {
  readonly #options: DataConnectionOptions;
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #rest: Buffer = EMPTY;
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
      options.onClose(reason);
    });
    socket.write(`${JSON.stringify(options.handshake)}\n`);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const start = this.accepted ? 0 : this.#answerEnd(data);
    const end = data.lastIndexOf(NEWLINE) + 1;
    this.#rest = data.subarray(Math.max(start, end));
    if (end <= start) return;
    this.broughtRows = true;
    this.#options.onLines(data.subarray(start, end));
  }

  /** Where rows begin; 0 while the answer is not complete. */
  #answerEnd(data: Buffer): number {
    const end = data.indexOf(NEWLINE) + 1;
    if (end === 0) return 0;
    clearTimeout(this.#timer);
    const problem = problemOf(data.toString('utf8', 0, end));
    if (problem === undefined) {
      this.accepted = true;
      this.#options.onAccepted();
    } else {
      this.#socket.destroy(new Error(problem));
    }
    return end;
  }
}

function problemOf(line: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    if (isFields(answer) && answer.status === 'ok') return undefined;
    return `data stream refused: ${isFields(answer) ? textOf(answer.message) : line}`;
  } catch {
    return 'the answer to the handshake is not JSON';
  }
}
