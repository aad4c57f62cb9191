import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { AegisError } from '../../model/errors.ts';
import type { FeedId } from '../../model/wire/flow.ts';
import type { RowFormat } from './row-format.ts';
import type { HashState } from './stream-hash.ts';
import { ORIGIN, type StreamPoint } from './stream-point.ts';

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

const OPEN_FLAGS = constants.O_RDWR | constants.O_CREAT;
const MAGIC = 'AEGISDSJ';
const VERSION = 1;
// Records of one size at multiples of it never cross a page: a kill leaves the old one or the new one.
const RECORD = 256;
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
const HEAD = { magic: 0, version: 8, epoch: 16, run: 24, attempt: 32, instance: 40 };

/**
 * The positions of a session's components, written with every write to a socket. The page cache keeps what was written
 * when the process is killed; that is all it must survive: after a crash of the machine the components are gone, too.
 */
export class Journal {
  readonly #fd: number;
  readonly #places = new Map<string, number>();
  readonly #entries = new Map<string, { readonly run: number; readonly entry: JournalEntry }>();
  readonly #record = Buffer.alloc(RECORD);
  epoch = 0;
  feed: FeedId = { run: 0, attempt: 0, instance: '' };

  /** Creates the file (0600) or reads it. Throws STREAM_FAILED when it is something else. */
  constructor(path: string) {
    this.#fd = openSync(path, OPEN_FLAGS, 0o600);
    this.#read(path);
  }

  /** The entry of a component in a run; when there is none, a fresh one of a stream that begins at `origin`. */
  entry(id: string, run: number, origin: StreamPoint = ORIGIN): JournalEntry {
    const known = this.#entries.get(id);
    if (known?.run === run) return known.entry;
    const returning = known !== undefined && (known.entry.connected || known.entry.returning);
    return { ...FRESH, point: origin, returning };
  }

  setFeed(epoch: number, feed: FeedId): void {
    this.epoch = epoch;
    this.feed = feed;
    const head = Buffer.alloc(RECORD);
    head.write(MAGIC, HEAD.magic, 'latin1');
    head.writeDoubleLE(VERSION, HEAD.version);
    head.writeDoubleLE(epoch, HEAD.epoch);
    head.writeDoubleLE(feed.run, HEAD.run);
    head.writeDoubleLE(feed.attempt, HEAD.attempt);
    head.write(feed.instance, HEAD.instance, 32, 'latin1');
    writeSync(this.#fd, head, 0, RECORD, 0);
  }

  /** Called after every write to a socket: one small record at its place. */
  set(id: string, run: number, entry: JournalEntry): void {
    this.#entries.set(id, { run, entry });
    const record = this.#record.fill(0);
    record.writeUInt32LE(Buffer.byteLength(id), AT.idLength);
    record.write(id, AT.id, MAX_ID, 'utf8');
    record.writeDoubleLE(run, AT.run);
    record.writeDoubleLE(entry.delivered, AT.delivered);
    record.writeDoubleLE(entry.connected ? 1 : 0, AT.connected);
    record.writeDoubleLE(entry.point.seq, AT.seq);
    record.writeDoubleLE(entry.point.bytes, AT.bytes);
    record.writeDoubleLE(entry.point.rows, AT.rows);
    record.writeDoubleLE(entry.point.hash?.pieces ?? NO_HASH, AT.pieces);
    entry.point.hash?.chain.copy(record, AT.chain);
    record.writeDoubleLE(1 + (entry.row ?? -1), AT.row);
    record.writeDoubleLE(1 + (entry.acked ?? -1), AT.acked);
    record.writeDoubleLE(1 + (entry.seek ?? -1), AT.seek);
    record.writeDoubleLE(entry.given - entry.delivered, AT.ahead);
    record.writeDoubleLE(entry.returning ? 1 : 0, AT.returning);
    record.writeDoubleLE(entry.origin, AT.origin);
    record.writeDoubleLE(entry.reached, AT.reached);
    record.writeDoubleLE(1 + (entry.near?.seq ?? -1), AT.nearSeq);
    record.writeDoubleLE(entry.near?.bytes ?? 0, AT.nearBytes);
    record.writeDoubleLE(entry.near?.rows ?? 0, AT.nearRows);
    record.writeDoubleLE(entry.format === 'arrow' ? 1 : 0, AT.arrow);
    writeSync(this.#fd, record, 0, RECORD, this.#place(id));
  }

  close(): void {
    closeSync(this.#fd);
  }

  #place(id: string): number {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    if (Buffer.byteLength(id) > MAX_ID) throw new AegisError('STREAM_FAILED', `component id "${id}" is too long`);
    const place = RECORD * (this.#places.size + 1);
    this.#places.set(id, place);
    return place;
  }

  #read(path: string): void {
    const head = Buffer.alloc(RECORD);
    if (readSync(this.#fd, head, 0, RECORD, 0) < RECORD) return;
    if (head.toString('latin1', 0, MAGIC.length) !== MAGIC || head.readDoubleLE(HEAD.version) !== VERSION) {
      throw new AegisError('STREAM_FAILED', 'this is not a journal of a data stream server', { where: path });
    }
    this.epoch = head.readDoubleLE(HEAD.epoch);
    const instance = head.toString('latin1', HEAD.instance, HEAD.instance + 32).replaceAll('\0', '');
    this.feed = { run: head.readDoubleLE(HEAD.run), attempt: head.readDoubleLE(HEAD.attempt), instance };
    const record = this.#record;
    while (readSync(this.#fd, record, 0, RECORD, RECORD * (this.#places.size + 1)) === RECORD) {
      const id = record.toString('utf8', AT.id, AT.id + record.readUInt32LE(AT.idLength));
      this.#place(id);
      this.#entries.set(id, { run: record.readDoubleLE(AT.run), entry: readEntry(record) });
    }
  }
}

const FRESH: JournalEntry = {
  delivered: 0,
  point: ORIGIN,
  connected: false,
  returning: false,
  given: 0,
  row: 0,
  acked: undefined,
  seek: undefined,
  origin: 0,
  reached: 0,
  near: undefined,
};

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
