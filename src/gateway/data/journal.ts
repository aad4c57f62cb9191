import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { AegisError } from '../../model/errors.ts';
import type { FeedId } from '../../model/wire/flow.ts';
import { EMPTY_HASH } from './stream-hash.ts';
import type { StreamPoint } from './stream-point.ts';

/** What a data stream server knows of a component in a run when it starts again. */
export interface JournalEntry {
  /** Bytes of the component's own stream that the kernel has taken. */
  readonly delivered: number;
  /** Where to begin again; never beyond `delivered`. */
  readonly point: StreamPoint;
  /** It has had a data connection in this run. */
  readonly connected: boolean;
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
};
const HEAD = { magic: 0, version: 8, epoch: 16, run: 24, attempt: 32, instance: 40 };

/**
 * The positions of a session's components, written with every write to a socket. The page cache keeps what was written
 * when the process is killed; that is all it must survive: after a crash of the machine the components are gone, too.
 */
export class Journal {
  readonly #fd: number;
  readonly #places = new Map<string, number>();
  readonly #entries = new Map<string, { readonly run: number; readonly entry: JournalEntry; delivered: number }>();
  readonly #record = Buffer.alloc(RECORD);
  readonly #number = Buffer.alloc(8);
  epoch = 0;
  feed: FeedId = { run: 0, attempt: 0, instance: '' };

  /** Creates the file (0600) or reads it. Throws STREAM_FAILED when it is something else. */
  constructor(path: string) {
    this.#fd = openSync(path, OPEN_FLAGS, 0o600);
    this.#read(path);
  }

  /** The entry of a component in a run; a fresh one when there is none. */
  entry(id: string, run: number): JournalEntry {
    const known = this.#entries.get(id);
    return known !== undefined && known.run === run ? { ...known.entry, delivered: known.delivered } : FRESH;
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

  set(id: string, run: number, entry: JournalEntry): void {
    this.#entries.set(id, { run, entry, delivered: entry.delivered });
    const record = this.#record.fill(0);
    record.writeUInt32LE(Buffer.byteLength(id), AT.idLength);
    record.write(id, AT.id, MAX_ID, 'utf8');
    record.writeDoubleLE(run, AT.run);
    record.writeDoubleLE(entry.delivered, AT.delivered);
    record.writeDoubleLE(entry.connected ? 1 : 0, AT.connected);
    record.writeDoubleLE(entry.point.seq, AT.seq);
    record.writeDoubleLE(entry.point.bytes, AT.bytes);
    record.writeDoubleLE(entry.point.rows, AT.rows);
    record.writeDoubleLE(entry.point.hash.pieces, AT.pieces);
    entry.point.hash.chain.copy(record, AT.chain);
    writeSync(this.#fd, record, 0, RECORD, this.#place(id));
  }

  /** Called after every write to a socket: one number at its place. */
  setDelivered(id: string, delivered: number): void {
    const known = this.#entries.get(id);
    if (known !== undefined) known.delivered = delivered;
    this.#number.writeDoubleLE(delivered, 0);
    writeSync(this.#fd, this.#number, 0, 8, this.#place(id) + AT.delivered);
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
      const entry = readEntry(record);
      this.#entries.set(id, { run: record.readDoubleLE(AT.run), entry, delivered: entry.delivered });
    }
  }
}

const FRESH: JournalEntry = {
  delivered: 0,
  point: { seq: 0, bytes: 0, rows: 0, hash: EMPTY_HASH },
  connected: false,
};

function readEntry(record: Buffer): JournalEntry {
  return {
    delivered: record.readDoubleLE(AT.delivered),
    connected: record.readDoubleLE(AT.connected) === 1,
    point: {
      seq: record.readDoubleLE(AT.seq),
      bytes: record.readDoubleLE(AT.bytes),
      rows: record.readDoubleLE(AT.rows),
      hash: {
        pieces: record.readDoubleLE(AT.pieces),
        chain: Buffer.from(record.subarray(AT.chain, AT.chain + 32)),
      },
    },
  };
}
