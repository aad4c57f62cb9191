import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { AegisError } from '../../model/errors.ts';
import type { FeedId } from '../../model/wire/flow.ts';
import { type DecodedRecord, decodeRecord, type JournalEntry, JournalRecord, RECORD_BYTES } from './journal-record.ts';
import { ORIGIN, type StreamPoint } from './stream-point.ts';

const OPEN_FLAGS = constants.O_RDWR | constants.O_CREAT;
const MAGIC = 'AEGISDSJ';
const VERSION = 1;
const HEAD = { magic: 0, version: 8, epoch: 16, run: 24, attempt: 32, instance: 40 };

/** A component whose record is in the file. */
interface Known {
  /** Of its record, in bytes. */
  readonly place: number;
  readonly record: JournalRecord;
  run: number;
  entry: JournalEntry;
}

/**
 * The positions of a session's components, written with every write to a socket. The page cache keeps what was written
 * when the process is killed; that is all it must survive: after a crash of the machine the components are gone, too.
 */
export class Journal {
  readonly #fd: number;
  readonly #components = new Map<string, Known>();
  epoch = 0;
  feed: FeedId = { run: 0, attempt: 0, instance: '' };

  /** Creates the file (0600) or reads it. Throws STREAM_FAILED when it is something else. */
  constructor(path: string) {
    this.#fd = openSync(path, OPEN_FLAGS, 0o600);
    this.#read(path);
  }

  /** The entry of a component in a run; when there is none, a fresh one of a stream that begins at `origin`. */
  entry(id: string, run: number, origin: StreamPoint = ORIGIN): JournalEntry {
    const known = this.#components.get(id);
    if (known?.run === run) return known.entry;
    const returning = known !== undefined && (known.entry.connected || known.entry.returning);
    return { ...FRESH, point: origin, returning };
  }

  setFeed(epoch: number, feed: FeedId): void {
    this.epoch = epoch;
    this.feed = feed;
    const head = Buffer.alloc(RECORD_BYTES);
    head.write(MAGIC, HEAD.magic, 'latin1');
    head.writeDoubleLE(VERSION, HEAD.version);
    head.writeDoubleLE(epoch, HEAD.epoch);
    head.writeDoubleLE(feed.run, HEAD.run);
    head.writeDoubleLE(feed.attempt, HEAD.attempt);
    head.write(feed.instance, HEAD.instance, 32, 'latin1');
    writeSync(this.#fd, head, 0, RECORD_BYTES, 0);
  }

  /** Called after every write to a socket: one small record at its place. */
  set(id: string, run: number, entry: JournalEntry): void {
    const known = this.#components.get(id) ?? this.#add({ id, run, entry });
    known.run = run;
    known.entry = entry;
    writeSync(this.#fd, known.record.encode(run, entry), 0, RECORD_BYTES, known.place);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #add({ id, run, entry }: DecodedRecord): Known {
    const record = new JournalRecord(id);
    const known = { place: RECORD_BYTES * (this.#components.size + 1), record, run, entry };
    this.#components.set(id, known);
    return known;
  }

  #read(path: string): void {
    const head = Buffer.alloc(RECORD_BYTES);
    if (readSync(this.#fd, head, 0, RECORD_BYTES, 0) < RECORD_BYTES) return;
    if (head.toString('latin1', 0, MAGIC.length) !== MAGIC || head.readDoubleLE(HEAD.version) !== VERSION) {
      throw new AegisError('STREAM_FAILED', 'this is not a journal of a data stream server', { where: path });
    }
    this.epoch = head.readDoubleLE(HEAD.epoch);
    const instance = head.toString('latin1', HEAD.instance, HEAD.instance + 32).replaceAll('\0', '');
    this.feed = { run: head.readDoubleLE(HEAD.run), attempt: head.readDoubleLE(HEAD.attempt), instance };
    const record = Buffer.alloc(RECORD_BYTES);
    while (readSync(this.#fd, record, 0, RECORD_BYTES, RECORD_BYTES * (this.#components.size + 1)) === RECORD_BYTES) {
      this.#add(decodeRecord(record));
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
