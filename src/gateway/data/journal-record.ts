import { AegisError } from '../../model/errors.ts';
import type { RowFormat } from './row-format.ts';
import type { HashState } from './stream-hash.ts';
import type { StreamPoint } from './stream-point.ts';

/** What a data stream server knows of a component in a run when it starts again. */
export interface JournalEntry {
  /** Bytes of the component's own stream that the kernel has taken. */
  readonly delivered: number;
  /** Where to begin again; never beyond `delivered`. */
  readonly point: StreamPoint;
  /** It has had a data connection in this run. */
  readonly connected: boolean;
  /** It has had one in an earlier run. */
  readonly returning: boolean;
  /** Bytes of its own stream, from the first on, that it was given without a gap: over a replay they stay. */
  readonly given: number;
  /** Number of the row at `delivered`; undefined when it was not counted. */
  readonly row: number | undefined;
  /** Rows below are processed, says the component; undefined when it says nothing. */
  readonly acked: number | undefined;
  /** Row that it has asked for and that has not been found yet; `delivered` is a place before it then. */
  readonly seek: number | undefined;
  /** Byte of its stream at which the process that it is now began: `received` counts from here. */
  readonly origin: number;
  /** Rows below were written to a connection that asked for numbers: over a replay they stay. */
  readonly reached: number;
  /** A realtime stream: a border of messages up to which everything was taken, when the log no longer reaches to `point`. */
  readonly near?: StreamPoint | undefined;
  /** How its rows are given in this run: the places above are counted in rows when it is Arrow. Default: lines. */
  readonly format?: RowFormat | undefined;
}

/** Records of one size at multiples of it never cross a page: a kill leaves the old one or the new one. */
export const RECORD_BYTES = 256;
const MAX_ID = 64;
const AT = {
  idLength: 0,
  id: 4,
  run: 72,
  delivered: 80,
  connected: 88,
  seq: 96,
  bytes: 104,
  rows: 112,
  pieces: 120,
  chain: 128,
  // Numbers that may be missing are one higher here: files of earlier versions have zeros.
  row: 160,
  acked: 168,
  seek: 176,
  ahead: 184,
  returning: 192,
  origin: 200,
  reached: 208,
  nearSeq: 216,
  nearBytes: 224,
  nearRows: 232,
  arrow: 240,
};
/** In place of the number of pieces. */
const NO_HASH = -1;

/** The record of one component. It is written so often that only its numbers are set anew. */
export class JournalRecord {
  readonly #bytes = Buffer.alloc(RECORD_BYTES);
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, RECORD_BYTES);

  /** Throws STREAM_FAILED when the id does not fit. */
  constructor(id: string) {
    const length = Buffer.byteLength(id);
    if (length > MAX_ID) throw new AegisError('STREAM_FAILED', `component id "${id}" is too long`);
    this.#bytes.writeUInt32LE(length, AT.idLength);
    this.#bytes.write(id, AT.id, MAX_ID, 'utf8');
  }

  /** Valid until the next call. */
  encode(run: number, entry: JournalEntry): Buffer {
    const { delivered, point, near } = entry;
    this.#set(AT.run, run);
    this.#set(AT.delivered, delivered);
    this.#set(AT.connected, entry.connected ? 1 : 0);
    this.#set(AT.seq, point.seq);
    this.#set(AT.bytes, point.bytes);
    this.#set(AT.rows, point.rows);
    this.#set(AT.pieces, point.hash?.pieces ?? NO_HASH);
    if (point.hash !== undefined) this.#bytes.set(point.hash.chain, AT.chain);
    this.#set(AT.row, 1 + (entry.row ?? -1));
    this.#set(AT.acked, 1 + (entry.acked ?? -1));
    this.#set(AT.seek, 1 + (entry.seek ?? -1));
    this.#set(AT.ahead, entry.given - delivered);
    this.#set(AT.returning, entry.returning ? 1 : 0);
    this.#set(AT.origin, entry.origin);
    this.#set(AT.reached, entry.reached);
    this.#set(AT.nearSeq, 1 + (near?.seq ?? -1));
    this.#set(AT.nearBytes, near?.bytes ?? 0);
    this.#set(AT.nearRows, near?.rows ?? 0);
    this.#set(AT.arrow, entry.format === 'arrow' ? 1 : 0);
    return this.#bytes;
  }

  #set(place: number, value: number): void {
    this.#view.setFloat64(place, value, true);
  }
}

/** What a record says. */
export interface DecodedRecord {
  readonly id: string;
  readonly run: number;
  readonly entry: JournalEntry;
}

export function decodeRecord(record: Buffer): DecodedRecord {
  const id = record.toString('utf8', AT.id, AT.id + record.readUInt32LE(AT.idLength));
  return { id, run: record.readDoubleLE(AT.run), entry: readEntry(record) };
}

function optional(record: Buffer, place: number): number | undefined {
  const value = record.readDoubleLE(place);
  return value === 0 ? undefined : value - 1;
}

function readEntry(record: Buffer): JournalEntry {
  const delivered = record.readDoubleLE(AT.delivered);
  return {
    delivered,
    connected: record.readDoubleLE(AT.connected) === 1,
    returning: record.readDoubleLE(AT.returning) === 1,
    given: delivered + record.readDoubleLE(AT.ahead),
    row: optional(record, AT.row),
    acked: optional(record, AT.acked),
    seek: optional(record, AT.seek),
    origin: record.readDoubleLE(AT.origin),
    reached: record.readDoubleLE(AT.reached),
    near: readNear(record),
    format: record.readDoubleLE(AT.arrow) === 1 ? 'arrow' : undefined,
    point: {
      seq: record.readDoubleLE(AT.seq),
      bytes: record.readDoubleLE(AT.bytes),
      rows: record.readDoubleLE(AT.rows),
      hash: readHash(record),
    },
  };
}

function readHash(record: Buffer): HashState | undefined {
  const pieces = record.readDoubleLE(AT.pieces);
  return pieces === NO_HASH ? undefined : { pieces, chain: Buffer.from(record.subarray(AT.chain, AT.chain + 32)) };
}

function readNear(record: Buffer): StreamPoint | undefined {
  const seq = optional(record, AT.nearSeq);
  if (seq === undefined) return undefined;
  return { seq, bytes: record.readDoubleLE(AT.nearBytes), rows: record.readDoubleLE(AT.nearRows), hash: undefined };
}
