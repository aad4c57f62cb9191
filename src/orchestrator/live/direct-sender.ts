import { connect, type Socket } from 'node:net';
import { type DirectMessage, encodeDirect } from '../../model/wire/direct-message.ts';

const RETRY_MS = 250;
/** A server that takes less than comes reads the log instead. */
const MAX_PENDING_BYTES = 8 << 20;

/**
 * The short way of live rows to the data stream server. At most once: while nobody listens, messages are dropped, and the
 * server finds them in the log.
 */
export class DirectSender {
  readonly #path: string;
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #turn: Buffer[] = [];
  #closed = false;

  /** Connects, and again whenever the connection is lost. `path`: of the server's socket. */
  constructor(path: string) {
    this.#path = path;
    this.#connect();
  }

  /** Whether somebody listens. */
  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** What comes in one turn of the event loop is written together. */
  send(message: DirectMessage): void {
    if (this.#socket === undefined) return;
    this.#turn.push(encodeDirect(message));
    if (this.#turn.length === 1) process.nextTick(() => this.#write());
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#write();
    this.#socket?.end();
    this.#socket = undefined;
  }

  #connect(): void {
    const socket = connect({ path: this.#path });
    socket.once('connect', () => {
      if (this.#closed) socket.destroy();
      else this.#socket = socket;
    });
    // `close` follows.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#socket = undefined;
      this.#turn = [];
      if (!this.#closed) this.#retry = setTimeout(() => this.#connect(), RETRY_MS).unref();
    });
    socket.resume();
    socket.unref();
  }

  #write(): void {
    const [first, ...others] = this.#turn;
    this.#turn = [];
    const socket = this.#socket;
    if (socket === undefined || first === undefined) return;
    socket.write(others.length === 0 ? first : Buffer.concat([first, ...others]));
    if (socket.writableLength > MAX_PENDING_BYTES) socket.destroy();
  }
}
