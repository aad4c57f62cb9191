import type { Socket } from 'node:net';
import { isGone, writeNow } from './socket-write.ts';
import { lineEnd, lineStart, type TopicGroup } from './topic-group.ts';

/** What a connection tells its component. */
export interface ConnectionEvents {
  /** The kernel has taken `sent` bytes of the stream. */
  progress(connection: DataConnection): void;
  closed(connection: DataConnection): void;
}

/**
 * A kill that falls into a write leaves its bytes on the wire and out of the journal: a component that does not say what
 * it has received gets them a second time. So a write is short.
 */
export const MAX_WRITE_BYTES = 64 * 1024;
/** The pause that one SDK needs between the answer to its handshake and the first row. */
const FIRST_ROW_AFTER_MS = 100;

/** One accepted data connection of a component: writes what its group holds, at the pace of its reader. */
export class DataConnection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  #group: TopicGroup | undefined;
  #sent = 0;
  /** The position may lie inside a line of which a former connection got the first part. */
  #atLineStart = false;
  #open = false;
  /** Node's stream has the rest of a line to write. */
  #waiting = false;
  #timer: NodeJS.Timeout | undefined;

  /** `answer` is written at once; rows follow 100 ms after the kernel took it. */
  constructor(socket: Socket, answer: Buffer, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.once('close', () => {
      clearTimeout(this.#timer);
      this.#open = false;
      this.#events.closed(this);
    });
    // End of input is not the end: one SDK shuts its sending side after the handshake.
    socket.on('end', () => this.probe());
    socket.write(answer, () => {
      this.#timer = setTimeout(() => {
        this.#open = true;
        this.pump();
      }, FIRST_ROW_AFTER_MS);
    });
  }

  /** Bytes of the component's stream that this connection has got or skipped. */
  get sent(): number {
    return this.#sent;
  }

  /** A line is partly written. */
  get insideLine(): boolean {
    return this.#waiting;
  }

  /** The stream it writes, from the line on in which `offset` lies. */
  attach(group: TopicGroup, offset: number): void {
    this.#group = group;
    this.#sent = offset;
    this.#atLineStart = false;
  }

  detach(): void {
    this.#group = undefined;
  }

  /** Writes until the kernel has no more room or there is nothing to write. */
  pump(): void {
    while (this.#open && !this.#waiting && this.#group !== undefined) {
      const slice = this.#group.at(this.#sent);
      if (slice === undefined) return;
      if (!this.#atLineStart) this.#sent = lineStart(slice, this.#sent);
      this.#atLineStart = true;
      const from = this.#sent - slice.start;
      const piece = Math.min(MAX_WRITE_BYTES, slice.lines.length - from);
      const written = writeNow(this.#socket, slice.lines, from, piece);
      if (written === 'gone') {
        this.close();
        return;
      }
      this.#advance(written);
      if (written < piece) this.#writeRestOfLine(slice.lines, from + written);
    }
  }

  /** Closes the connection when its peer is gone. */
  probe(): void {
    if (!this.#waiting && isGone(this.#socket)) this.close();
  }

  /** What the kernel has taken still reaches the peer. */
  close(): void {
    this.#open = false;
    this.#socket.destroy();
  }

  /** The kernel is full: the stream waits for room with one line, so that the count stays exact to a line. */
  #writeRestOfLine(lines: Buffer, place: number): void {
    const end = lineEnd(lines, place);
    // A copy: the slice may be forgotten before a stalled peer takes it.
    const rest = Buffer.from(lines.subarray(place, end));
    this.#waiting = true;
    this.#socket.write(rest, (error) => {
      this.#waiting = false;
      if (error) return;
      this.#advance(rest.length);
      this.pump();
    });
  }

  #advance(bytes: number): void {
    if (bytes === 0) return;
    this.#sent += bytes;
    this.#events.progress(this);
  }
}
