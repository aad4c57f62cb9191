import type { ArrowLibrary, RecordBatch } from './arrow-library.ts';

const NEWLINE = 10;
const BRACE = 123;
const CONTINUATION = 0xffffffff;
const PREFIX_BYTES = 8;
const RECORD_BATCH = 3;
const NOTHING = new Uint8Array(0);

export interface ArrowInputOptions {
  readonly library: ArrowLibrary;
  /** Takes a line that states something; it can stand before any message. */
  readonly onLine: (line: string) => void;
}

/** Takes what comes after the answer to the handshake: Arrow IPC. A message is decoded when the whole of it is there. */
export class ArrowInput {
  readonly #options: ArrowInputOptions;
  readonly #whole: Uint8Array[] = [];
  #batches: Iterator<RecordBatch> | undefined;

  constructor(options: ArrowInputOptions) {
    this.#options = options;
  }

  /**
   * Record batches that are whole, and how many bytes are dealt with: the others are to come again with more.
   *
   * @throws Error when the data make no sense, and what `onLine` throws
   */
  take(data: Buffer): { readonly rows: RecordBatch[]; readonly bytes: number } {
    const rows: RecordBatch[] = [];
    let place = 0;
    for (let end = endOf(data, place); end <= data.length; end = endOf(data, place)) {
      if (data[place] === BRACE) this.#options.onLine(data.toString('utf8', place, end));
      else if (end - place > PREFIX_BYTES) rows.push(...this.#decode(data.subarray(place, end)));
      place = end;
    }
    return { rows, bytes: place };
  }

  #decode(message: Buffer): RecordBatch[] {
    // A copy, because columns are views on it, and those must begin at multiples of eight bytes.
    this.#whole.push(new Uint8Array(message));
    if (messageOf(message, 0).type !== RECORD_BATCH) return [];
    this.#batches ??= this.#options.library.RecordBatchReader.from(this.#messages());
    const { value, done } = this.#batches.next();
    return done === true ? [] : [value];
  }

  /** The reader looks ahead: it gets nothing then, and takes it for no end. */
  *#messages(): Generator<Uint8Array, undefined> {
    for (;;) yield this.#whole.shift() ?? NOTHING;
  }
}

/** Where the line or message ends that begins at a place; beyond the data as long as more of it is needed. */
function endOf(data: Buffer, place: number): number {
  if (data[place] === BRACE) return data.indexOf(NEWLINE, place) + 1 || data.length + 1;
  const begin = place + PREFIX_BYTES;
  if (data.length < begin) return begin;
  if (data.readUInt32LE(place) !== CONTINUATION) throw new Error('what came is not an Arrow stream');
  const end = begin + data.readUInt32LE(place + 4);
  // A message without metadata is the end of the stream.
  return end === begin || data.length < end ? end : end + messageOf(data, place).bodyBytes;
}

/** Two fields of the flatbuffer table Message of Arrow's Message.fbs. */
function messageOf(data: Buffer, place: number): { readonly type: number; readonly bodyBytes: number } {
  const root = place + PREFIX_BYTES;
  const table = root + data.readUInt32LE(root);
  const fields = table - data.readInt32LE(table);
  const type = data.readUInt16LE(fields + 6);
  const body = data.readUInt16LE(fields) > 10 ? data.readUInt16LE(fields + 10) : 0;
  return {
    type: type === 0 ? 0 : data.readUInt8(table + type),
    bodyBytes: body === 0 ? 0 : Number(data.readBigInt64LE(table + body)),
  };
}
