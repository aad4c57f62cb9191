import type { Socket } from 'node:net';
import { AckReader } from './ack-reader.ts';
import { BatchWriter } from './arrow/batch-writer.ts';
import type { ColumnGroup } from './arrow/column-group.ts';
import { MAX_WRITE_BYTES } from './component-position.ts';
import { refuse } from './data-socket.ts';
import { type StatedPosition, statement } from './handshake.ts';
import { type HeldSlice, lineEnd, lineStart, rowAt } from './held-slice.ts';
import { NoticeQueue, type StreamNotice } from './live/notice.ts';
import { numberLines, wholeLines } from './numbered-lines.ts';
import type { RowFormat } from './row-format.ts';
import { beforeClose, readPending } from './socket-read.ts';
import { isGone, writeNow } from './socket-write.ts';
import type { StreamGroup } from './stream-group.ts';
import type { Claim, StreamStart } from './stream-position.ts';

/** What a connection tells its component. */
export interface ConnectionEvents {
  /** The kernel has taken the bytes of the stream from `before` to `sent`, or they were passed over. */
  progress(connection: DataConnection, before: number): void;
  /** It begins with the byte `sent`, the first of a row; nothing of it is written yet. */
  began(connection: DataConnection): void;
  /** The row that it was to begin with lies at `offset`. */
  found(row: number, offset: number): void;
  /** The component has processed the rows below `seq`. */
  acked(seq: number): void;
  /** The component has broken the rules of its connection, which is closed. */
  violated(problem: string): void;
  closed(connection: DataConnection): void;
}

export interface DataConnectionOptions {
  readonly socket: Socket;
  /** Written at once; rows follow 100 ms after the kernel took it. */
  readonly answer: Buffer;
  readonly claim: Claim;
  readonly format: RowFormat;
  /** Rows carry their number. */
  readonly numbered: boolean;
  /** It writes acknowledgements or nothing; others may write what they like. */
  readonly strict: boolean;
  /** It is told how its stream is. */
  readonly notices: boolean;
  readonly events: ConnectionEvents;
}

/** Where a connection begins. */
export interface Attachment {
  readonly start: StreamStart;
  /** Until `start` is found, nothing after this byte may be forgotten. */
  readonly sent: number;
  /** Number of the row at `start`, if it is known: rows below may be acknowledged at once. */
  readonly seen: number | undefined;
}

/** The pause that one SDK needs between the answer to its handshake and the first row. */
const FIRST_ROW_AFTER_MS = 100;
/** Of a batch for which the kernel has no room Node's stream gets so much: it waits for room. */
const WAKE_BYTES = 4096;

/** One accepted data connection of a component: writes what its group holds, at the pace of its reader. */
export class DataConnection {
  readonly claim: Claim;
  readonly format: RowFormat;
  readonly #socket: Socket;
  readonly #batches = new BatchWriter();
  readonly #numbered: boolean;
  #strict: boolean;
  readonly #notices: NoticeQueue | undefined;
  readonly #events: ConnectionEvents;
  readonly #acks = new AckReader();
  #group: StreamGroup | undefined;
  #sent = 0;
  /** The position may lie inside a line of which a former connection got the first part. */
  #atLineStart = false;
  /** Number of the row at `sent`; undefined when rows are not numbered, or the row has not come yet. */
  #row: number | undefined;
  /** Row to begin with, while its place is not known. */
  #seek: number | undefined;
  /** Rows that the component can have seen. */
  #seen = 0;
  /** It has said that it acknowledges: true for every run over this connection. */
  #acknowledges = false;
  /** Rows below are processed, says the component; and those of them that were told on. */
  #processed = -1;
  #acked = -1;
  #open = false;
  #ended = false;
  /** Node's stream has a line, or the rest of one, to write. */
  #waiting = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ socket, answer, claim, format, numbered, strict, notices, events }: DataConnectionOptions) {
    this.#socket = socket;
    this.claim = claim;
    this.format = format;
    this.#numbered = numbered;
    this.#strict = strict;
    this.#notices = notices ? new NoticeQueue() : undefined;
    this.#events = events;
    socket.once('close', () => {
      clearTimeout(this.#timer);
      this.#open = false;
      this.#ended = true;
      this.#events.closed(this);
    });
    socket.on('data', (chunk) => this.read(chunk));
    beforeClose(socket, () => {
      // There is nobody left to be told what is wrong.
      this.#strict = false;
      readPending(socket, (chunk) => this.read(chunk));
    });
    // End of input is not the end: one SDK shuts its sending side after the handshake.
    socket.on('end', () => this.probe());
    socket.write(answer, () => {
      this.#timer = setTimeout(() => {
        this.#open = !this.#ended;
        this.pump();
      }, FIRST_ROW_AFTER_MS);
    });
  }

  /** Bytes of the component's stream that this connection has got or skipped. */
  get sent(): number {
    return this.#sent;
  }

  /** Number of the row at `sent`, where rows are counted. */
  get row(): number | undefined {
    return this.#row;
  }

  /** A line is partly written, or a stream of batches has begun: rows of another run cannot follow. */
  get insideLine(): boolean {
    return this.#waiting || this.#batches.begun;
  }

  /** The row it looks for. */
  get seek(): number | undefined {
    return this.#seek;
  }

  /** The stream that it writes from now on. */
  attach(group: StreamGroup, { start, sent, seen }: Attachment): void {
    this.#group = group;
    this.#sent = sent;
    this.#atLineStart = false;
    this.#row = undefined;
    this.#seen = seen ?? Infinity;
    this.#seek = 'row' in start ? start.row : undefined;
    this.#acked = -1;
    this.#processed = this.#acknowledges ? 0 : -1;
    this.#acknowledge();
  }

  /** Tells a connection that was made before the run where it begins, if it has asked for positions. */
  state(position: StatedPosition): void {
    if (this.#strict && !this.#ended) this.#writeInTurn(statement(position), () => undefined);
  }

  detach(): void {
    this.#group = undefined;
  }

  /** The same stream from another group. */
  regroup(group: StreamGroup): void {
    this.#group = group;
  }

  /** What comes before byte `bytes`, with which row `row` begins, will never come. */
  skipTo(bytes: number, row: number): void {
    if (this.#seek !== undefined && this.#seek < row) this.#seek = undefined;
    if (this.#seek !== undefined || this.#sent >= bytes) return;
    this.#sent = bytes;
    this.#row = undefined;
    this.#events.progress(this, Infinity);
  }

  /** Writes a line between two rows, when the component has asked for such. */
  notice(notice: StreamNotice): void {
    if (this.#notices === undefined || this.#ended) return;
    this.#notices.add(notice);
    this.pump();
  }

  /** Writes until the kernel has no more room or there is nothing to write. */
  pump(): void {
    while (this.#open && !this.#waiting && this.#group !== undefined) {
      const notices = this.#betweenRows(this.#group) ? this.#notices?.take() : undefined;
      if (notices !== undefined) {
        this.#writeInTurn(notices, () => undefined);
        return;
      }
      if (this.#seek !== undefined && !this.#find(this.#group, this.#seek)) return;
      if (this.#group.format === 'arrow') {
        if (!this.#writeBatch(this.#group)) return;
        continue;
      }
      const slice = this.#group.stretchAt(this.#sent);
      if (slice === undefined) return;
      if (!this.#atLineStart) this.#begin(slice);
      const taken = this.#numbered ? this.#writeNumbered(slice) : this.#writePlain(slice);
      if (!taken) {
        this.close();
        return;
      }
    }
  }

  /** Takes input of the component. */
  read(chunk: Buffer): void {
    if (this.#ended) return;
    const { acked, problem } = this.#acks.read(chunk);
    // Before a run its number is of an earlier one, if it is not 0.
    if (acked !== undefined) this.#acknowledges = true;
    const total = this.#group === undefined ? undefined : (this.#group.total ?? Infinity);
    const beyond = acked !== undefined && total !== undefined && acked > total;
    if (acked !== undefined && total !== undefined && !beyond) {
      this.#processed = Math.max(this.#processed, acked);
      this.#acknowledge();
    }
    const wrong = beyond ? `invalid ack: ${acked} is beyond the end of the stream, which has ${total} rows` : problem;
    if (wrong !== undefined && this.#strict) this.#refuse(wrong);
  }

  /** Closes the connection when its peer is gone. */
  probe(): void {
    if (!this.#waiting && isGone(this.#socket)) this.close();
  }

  /** Takes the acknowledgements that have come. False when the peer is gone. */
  settle(): boolean {
    readPending(this.#socket, (chunk) => this.read(chunk));
    this.probe();
    return !this.#ended;
  }

  /** What the kernel has taken still reaches the peer, and what the peer had acknowledged counts. */
  close(): void {
    this.#open = false;
    this.#socket.destroy();
    this.#ended = true;
  }

  #refuse(problem: string): void {
    if (this.#ended) return;
    this.#open = false;
    this.#ended = true;
    refuse(this.#socket, problem);
    this.#events.violated(problem);
  }

  #betweenRows(group: StreamGroup): boolean {
    if (this.#notices === undefined || this.#waiting || group.format === 'arrow') return false;
    const slice = this.#atLineStart ? group.at(this.#sent) : undefined;
    return slice === undefined || lineStart(slice, this.#sent) === this.#sent;
  }

  /** Looks for the row to begin with. What comes before it is passed over. */
  #find(group: StreamGroup, row: number): boolean {
    const offset = group.offsetOf(row);
    const before = this.#sent;
    this.#sent = offset ?? (row > group.rows ? Math.max(before, group.bytes) : before);
    if (offset !== undefined) {
      this.#seek = undefined;
      this.#events.found(row, offset);
    }
    if (this.#sent > before) this.#events.progress(this, Infinity);
    return offset !== undefined;
  }

  /** The position may lie inside a row of which a former connection got the first part. */
  #begin(slice: HeldSlice): void {
    this.#sent = lineStart(slice, this.#sent);
    this.#atLineStart = true;
    this.#events.began(this);
  }

  /** False when the peer is gone. */
  #writePlain({ start, lines, rowsAtEnd }: HeldSlice): boolean {
    const from = this.#sent - start;
    const piece = Math.min(MAX_WRITE_BYTES, lines.length - from);
    this.#seen = rowsAtEnd;
    const written = writeNow(this.#socket, lines, from, piece);
    if (written === 'gone') return false;
    this.#advance(written);
    if (written === piece) return true;
    // A copy: the slice may be forgotten before a stalled peer takes it.
    const place = from + written;
    this.#writeInTurn(Buffer.from(lines.subarray(place, lineEnd(lines, place))), (length) => this.#advance(length));
    return true;
  }

  /** The same with numbers. The position is that of the lines without them, and always between two of them. */
  #writeNumbered(slice: HeldSlice): boolean {
    const from = this.#sent - slice.start;
    const row = this.#row ?? rowAt(slice, this.#sent);
    this.#row = row;
    const numbered = numberLines(slice.lines, from, row, MAX_WRITE_BYTES);
    const { bytes, count, ends, plainEnds } = numbered;
    this.#seen = row + count;
    const written = writeNow(this.#socket, bytes, 0, bytes.length);
    if (written === 'gone') return false;
    const whole = wholeLines(numbered, written);
    const taken = whole === 0 ? from : (plainEnds[whole - 1] ?? from);
    if (whole === count) {
      this.#advance(taken - from, whole);
      return true;
    }
    // A write of nothing, or up to a line's end, is followed by a line of which the stream takes all.
    const rest = Buffer.from(bytes.subarray(written, ends[whole]));
    const plain = (plainEnds[whole] ?? taken) - taken;
    this.#seen = row + whole + 1;
    this.#advance(taken - from, whole);
    this.#writeInTurn(rest, () => this.#advance(plain, 1));
    return true;
  }

  /** False when there is nothing to write, or the peer is gone. The position is always between two batches. */
  #writeBatch(group: ColumnGroup): boolean {
    const piece = this.#batches.piece(group, this.#sent);
    if (piece === undefined) return false;
    const { bytes, from, row } = piece;
    this.#row = this.#sent;
    this.#seen = row;
    const written = writeNow(this.#socket, bytes, from, bytes.length - from);
    if (written === 'gone') {
      this.close();
      return false;
    }
    const taken = (length: number): void => {
      const whole = this.#batches.wrote(length);
      if (whole && row > this.#sent) this.#advance(row - this.#sent, row - this.#sent);
      // A part of a batch moves nothing, but shows that somebody reads.
      else if (length > 0) this.#events.progress(this, this.#sent);
    };
    taken(written);
    const place = from + written;
    // The stream tells when there is room again.
    if (place < bytes.length) this.#writeInTurn(Buffer.from(bytes.subarray(place, place + WAKE_BYTES)), taken);
    return true;
  }

  /** When the kernel is full the stream waits for room with one line, so that the count stays exact to a line. */
  #writeInTurn(line: Buffer, taken: (length: number) => void): void {
    this.#waiting = true;
    this.#socket.write(line, (error) => {
      this.#waiting = false;
      if (error) return;
      taken(line.length);
      this.pump();
    });
  }

  /**
   * A component may have rows that a killed server does not know to have sent: they count as acknowledged when they are
   * sent again.
   */
  #acknowledge(): void {
    const acked = Math.min(this.#processed, this.#seen);
    if (acked <= this.#acked) return;
    this.#acked = acked;
    this.#events.acked(acked);
  }

  #advance(bytes: number, rows = 0): void {
    if (bytes === 0) return;
    const before = this.#sent;
    this.#sent += bytes;
    if (this.#row !== undefined) this.#row += rows;
    this.#events.progress(this, before);
    this.#acknowledge();
  }
}
