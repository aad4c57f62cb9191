import type { ArrowBatch } from './arrow-batch.ts';
import type { ArrowLibrary, RecordBatch } from './arrow-library.ts';
import { Backoff } from './backoff.ts';
import { Batch } from './batch.ts';
import { type ConnectionEnd, DataConnection } from './data-connection.ts';
import type { AegisError } from './errors.ts';
import type { Log } from './log.ts';
import { hasNumbers, type Position } from './position.ts';
import type { Fields } from './protocol.ts';
import { joined } from './read-buffer.ts';

/** So much waits for the component; beyond it the socket is not read. */
const READY_BYTES = 1024 * 1024;
/** Of a row in columns, about. */
const ROW_BYTES = 80;
/** At least so long from one acknowledgement to the next. */
const ACK_MS = 100;

export interface DataStreamOptions {
  readonly path: string;
  /** The ids that open the stream. */
  readonly identify: () => object;
  readonly position: Position;
  /** Something has changed: rows are there, or a connection has come or gone. */
  readonly onChange: () => void;
  readonly log: Log;
  /** Given when rows come as record batches instead of lines. */
  readonly arrow?: ArrowLibrary | undefined;
}

/** The rows of a component over all its data connections: each row once. */
export class DataStream {
  readonly #options: DataStreamOptions;
  readonly #backoff = new Backoff(500, 2_000);
  #connection: DataConnection | undefined;
  #retry: NodeJS.Timeout | undefined;
  #ready: (Batch | ArrowBatch)[] = [];
  #readyBytes = 0;
  #replaying = false;
  /** False with an Aegis that does not know numbers: there the bytes are counted. */
  #numbered = true;
  #received = 0;
  #rows = 0;
  #handled = 0;
  #acked = 0;
  #ackedAt = Number.NEGATIVE_INFINITY;
  #ackTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #failure: AegisError | undefined;

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

  /** Rows come that an earlier process was given, or the last of them were not handled yet. */
  get replaying(): boolean {
    return this.#replaying;
  }

  /** Rows that are there; undefined when there are none. @throws AegisError when there never will be any */
  take(): Batch | ArrowBatch | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const batch = this.#nextReady();
    if (this.#ready.length === 0) {
      this.#readyBytes = 0;
      this.#connection?.resume();
    }
    return batch;
  }

  /** The component has returned from these rows. */
  handled({ run, nextSeq }: Batch | ArrowBatch): void {
    if (run === undefined || run !== this.#options.position.run) return;
    this.#handled = nextSeq;
    this.#acknowledge();
  }

  /** True once, when the last row that comes again was handled. */
  caughtUp(): boolean {
    if (!this.#replaying || this.#handled < this.#options.position.given) return false;
    this.#replaying = false;
    return true;
  }

  /** After REBORN: counts from nothing, and connects at once. */
  beginRun(): void {
    this.#options.position.beginRun();
    this.#replaying = false;
    this.#received = 0;
    this.#rows = 0;
    this.#handled = 0;
    this.#acked = 0;
    this.#backoff.reset();
    if (this.#connection !== undefined) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#ackTimer);
    this.#ackedAt = Number.NEGATIVE_INFINITY;
    this.#acknowledge();
    this.#connection?.close();
  }

  #connect(): void {
    const { path, arrow } = this.#options;
    this.#acked = 0;
    this.#connection = new DataConnection({
      path,
      opening: this.#opening(),
      onStatement: (statement) => this.#onStatement(statement),
      arrow,
      onRows: (rows) => this.#onRows(rows),
      onClose: (end) => this.#onClose(end),
    });
  }

  #opening(): string {
    const { identify, position, arrow } = this.#options;
    // `received` lets a data stream server that was killed go on with the very next row.
    if (!this.#numbered) return `${JSON.stringify({ ...identify(), received: this.#received })}\n`;
    // The first acknowledgement says that others will follow, so that a run does not end before them.
    const wanted = arrow === undefined ? { seq: true } : { format: 'arrow' };
    return `${JSON.stringify({ ...identify(), ...wanted, ...position.claim() })}\n{"ack":0}\n`;
  }

  #onStatement(statement: Fields): void {
    const { position, log, onChange } = this.#options;
    if (position.state(statement)) {
      this.#replaying = position.replaying;
      // Everything before is handled, or it would come.
      this.#handled = position.next ?? 0;
      this.#acknowledge();
    }
    this.#backoff.reset();
    log.debug('data stream open', { run: position.run, next: position.next });
    onChange();
  }

  #onRows(rows: Buffer | readonly RecordBatch[]): void {
    if (Buffer.isBuffer(rows)) {
      this.#onLines(rows);
    } else {
      this.#ready.push(...this.#options.position.takeColumns(rows));
      this.#readyBytes += rows.reduce((sum, { numRows }) => sum + numRows, 0) * ROW_BYTES;
    }
    if (this.#readyBytes >= READY_BYTES) this.#connection?.pause();
    this.#options.onChange();
  }

  #onLines(lines: Buffer): void {
    this.#received += lines.length;
    if (this.#numbered && !hasNumbers(lines)) this.#numbered = false;
    const batches = this.#numbered ? this.#options.position.take(lines) : [new Batch(lines, { seq: this.#rows })];
    this.#rows = batches.at(-1)?.nextSeq ?? this.#rows;
    this.#ready.push(...batches);
    this.#readyBytes += lines.length;
  }

  /** What was read at several times and belongs together becomes one batch. */
  #nextReady(): Batch | ArrowBatch | undefined {
    const first = this.#ready.shift();
    if (!(first instanceof Batch)) return first;
    const { run, seq, replayed } = first;
    let { lines, nextSeq } = first;
    for (let [next] = this.#ready; next instanceof Batch; [next] = this.#ready) {
      const both = next.run === run && next.replayed === replayed ? joined(lines, next.lines) : undefined;
      if (both === undefined) break;
      lines = both;
      nextSeq = next.nextSeq;
      this.#ready.shift();
    }
    return lines === first.lines ? first : new Batch(lines, { run, seq, nextSeq, replayed });
  }

  #acknowledge(): void {
    if (this.#handled <= this.#acked || !this.accepted) return;
    const wait = this.#ackedAt + ACK_MS - performance.now();
    if (wait > 0) {
      if (this.#closed) return;
      this.#ackTimer ??= setTimeout(() => {
        this.#ackTimer = undefined;
        this.#acknowledge();
      }, wait);
      return;
    }
    this.#ackedAt = performance.now();
    this.#acked = this.#handled;
    this.#connection?.acknowledge(this.#acked);
  }

  #onClose({ reason, refusal = '', failure }: ConnectionEnd): void {
    const { accepted } = this;
    const { log, position, onChange, arrow } = this.#options;
    this.#connection = undefined;
    this.#failure = failure;
    if (this.#closed) return;
    if (accepted) log.debug('data stream closed', { reason, next: position.next });
    if (refusal === 'invalid handshake' && arrow === undefined) this.#numbered = false;
    if (refusal.startsWith('invalid from')) {
      // The next connection takes what there is.
      log.warn('rows that were asked for cannot be had', { reason: refusal });
      position.refused();
    }
    // Rows of this run came in another format, or still do over a connection that Aegis has not given up.
    if (refusal.startsWith('invalid format')) log.warn('rows cannot be had in this format now', { reason: refusal });
    this.#retry = setTimeout(() => this.#connect(), this.#backoff.next());
    onChange();
  }
}
