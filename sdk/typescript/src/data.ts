import { Backoff } from './backoff.ts';
import { DataConnection } from './data-connection.ts';
import type { Log } from './log.ts';

/** So much waits for the component; beyond it the socket is not read. */
const READY_BYTES = 1024 * 1024;

export interface DataStreamOptions {
  readonly path: string;
  /** The ids that open the stream. */
  readonly identify: () => object;
  /** Something has changed: rows are there, or a connection has come or gone. */
  readonly onChange: () => void;
  readonly log: Log;
}

/** The rows of a component over all its data connections: each row once. */
export class DataStream {
  readonly #options: DataStreamOptions;
  readonly #backoff = new Backoff(500, 2_000);
  #connection: DataConnection | undefined;
  #retry: NodeJS.Timeout | undefined;
  #ready: Buffer[] = [];
  #readyBytes = 0;
  #received = 0;
  #closed = false;

  constructor(options: DataStreamOptions) {
    this.#options = options;
    this.#connect();
  }

  /** The handshake of the present connection was answered. */
  get accepted(): boolean {
    return this.#connection?.accepted === true;
  }

  /** No more rows of the run before REBORN: its connection was closed, and was read to its end. */
  get drained(): boolean {
    return this.#ready.length === 0 && this.#connection?.broughtRows !== true;
  }

  /** Whole rows that are there; undefined when there are none. */
  take(): Buffer | undefined {
    const [first, ...others] = this.#ready;
    if (first === undefined) return undefined;
    this.#ready = [];
    this.#readyBytes = 0;
    this.#connection?.resume();
    return others.length === 0 ? first : Buffer.concat([first, ...others]);
  }

  /** After REBORN: counts from nothing, and connects at once. */
  beginRun(): void {
    this.#received = 0;
    this.#backoff.reset();
    if (this.#connection !== undefined) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#connection?.close();
  }

  #connect(): void {
    const { path, identify, onChange, log } = this.#options;
    this.#connection = new DataConnection({
      path,
      // `received` lets a data stream server that was killed go on with the very next row.
      handshake: { ...identify(), received: this.#received },
      onAccepted: () => {
        this.#backoff.reset();
        log.debug('data stream open', { received: this.#received });
        onChange();
      },
      onLines: (lines) => this.#onLines(lines),
      onClose: (reason) => this.#onClose(reason),
    });
  }

  #onLines(lines: Buffer): void {
    this.#received += lines.length;
    this.#ready.push(lines);
    this.#readyBytes += lines.length;
    if (this.#readyBytes >= READY_BYTES) this.#connection?.pause();
    this.#options.onChange();
  }

  #onClose(reason: string): void {
    const accepted = this.accepted;
    this.#connection = undefined;
    if (this.#closed) return;
    if (accepted) this.#options.log.debug('data stream closed', { reason, received: this.#received });
    this.#retry = setTimeout(() => this.#connect(), this.#backoff.next());
    this.#options.onChange();
  }
}
