import { connect, type Socket } from 'node:net';
import { type RecordBatch, RecordBatchReader } from 'apache-arrow';

export interface ArrowClientOptions {
  readonly socketPath: string;
  readonly sessionId: string;
  readonly componentId: string;
  /** Further fields of every handshake. */
  readonly handshake?: Readonly<Record<string, unknown>>;
  /** Says from the second connection on which row it wants next, as the SDKs do. Default true. */
  readonly continues?: boolean;
  readonly onRows?: (rows: number) => void;
}

/** A row of a record batch, by column name. */
export type ArrowRow = Readonly<Record<string, unknown>>;

const NEWLINE = 10;
const BRACE = 0x7b;

/** A component's data connection that asks for Arrow: keeps the rows of whole batches, comes back when it is cut. */
export class ArrowClient {
  readonly #options: ArrowClientOptions;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Lines of the server, parsed: answers and statements. */
  readonly lines: Record<string, unknown>[] = [];
  readonly rows: ArrowRow[] = [];
  /** Rows of each batch. */
  readonly batchRows: number[] = [];
  /** Names, types and whether they may be null, of the last stream. */
  columns: string[] = [];
  /** Streams that ended with their mark. */
  ends = 0;
  connections = 0;
  #run: unknown;
  #bytes: Buffer = Buffer.alloc(0);
  #head: Buffer = Buffer.alloc(0);

  constructor(options: ArrowClientOptions) {
    this.#options = options;
    this.#connect();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Breaks the connection once what was written has gone; it comes back. */
  cut(): void {
    this.#socket?.destroySoon();
  }

  ack(seq: number): void {
    this.#socket?.write(`{"ack":${seq}}\n`);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    const { socketPath, sessionId, componentId, handshake = {}, continues = true } = this.#options;
    this.#bytes = Buffer.alloc(0);
    this.#head = Buffer.alloc(0);
    const next = continues && this.#run !== undefined ? { from: this.rows.length, run: this.#run } : {};
    const ids = { component_id: componentId, session_token: sessionId, format: 'arrow' };
    const socket = connect({ path: socketPath });
    this.#socket = socket;
    socket.once('connect', () => socket.write(`${JSON.stringify({ ...ids, ...handshake, ...next })}\n`));
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.#connect(), 50);
    });
  }

  #onData(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    // Lines come before the first byte of Arrow; the rest of an answer is blanks.
    while (this.#head.length === 0 && this.#bytes[0] === BRACE) {
      const end = this.#bytes.indexOf(NEWLINE);
      if (end < 0) return;
      const line: Record<string, unknown> = JSON.parse(this.#bytes.toString('utf8', 0, end));
      if (this.lines.push(line) > 0 && line.topics !== undefined) this.connections += 1;
      if (line.run !== undefined) this.#run = line.run;
      this.#bytes = this.#bytes.subarray(end + 1);
    }
    while (this.#takeMessage());
  }

  /** Takes one whole message of the stream: the first two are its head. */
  #takeMessage(): boolean {
    if (this.#bytes.length < 8) return false;
    if (this.#bytes.readInt32LE(0) !== -1) throw new Error('this is no message of an Arrow stream');
    const metadata = this.#bytes.readInt32LE(4);
    if (metadata === 0) {
      this.ends += 1;
      this.#bytes = this.#bytes.subarray(8);
      return true;
    }
    const length = messageLength(this.#bytes);
    if (length === undefined || this.#bytes.length < length) return false;
    const message = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    if (isBatch(message)) this.#takeBatch(message);
    else this.#head = Buffer.concat([this.#head, message]);
    return true;
  }

  #takeBatch(message: Buffer): void {
    const reader = RecordBatchReader.from(Buffer.concat([this.#head, message]));
    for (const batch of reader) this.#keep(batch);
  }

  #keep(batch: RecordBatch): void {
    this.columns = batch.schema.fields.map(({ name, type, nullable }) => `${name}: ${type}${nullable ? '?' : ''}`);
    this.batchRows.push(batch.numRows);
    const columns = batch.schema.fields.map(({ name }) => ({ name, values: batch.getChild(name) }));
    for (let row = 0; row < batch.numRows; row++) {
      const entries = columns.map(({ name, values }) => {
        const value: unknown = values?.get(row);
        return [name, typeof value === 'bigint' ? Number(value) : value];
      });
      this.rows.push(Object.fromEntries(entries));
    }
    this.#options.onRows?.(this.rows.length);
  }
}

/** Length of the first message with its body; undefined when its metadata has not come whole. */
function messageLength(bytes: Buffer): number | undefined {
  const metadata = bytes.readInt32LE(4);
  if (bytes.length < 8 + metadata) return undefined;
  return 8 + metadata + Number(tableField(bytes, 10, (place) => bytes.readBigInt64LE(place)) ?? 0n);
}

/** The header of a message is of type 3 when it is a record batch. */
function isBatch(bytes: Buffer): boolean {
  return tableField(bytes, 6, (place) => bytes.readUInt8(place)) === 3;
}

/** A field of the root table of a flatbuffer that begins at byte 8. */
function tableField<T>(bytes: Buffer, field: number, read: (place: number) => T): T | undefined {
  const table = 8 + bytes.readUInt32LE(8);
  const vtable = table - bytes.readInt32LE(table);
  const offset = field < bytes.readUInt16LE(vtable) ? bytes.readUInt16LE(vtable + field) : 0;
  return offset === 0 ? undefined : read(table + offset);
}
