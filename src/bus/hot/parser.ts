import { type MemoryPiece, ReadMemory } from './read-memory.ts';

/** A message as the server delivers it. Its bytes stay as they are until its memory is released. */
export interface Incoming {
  readonly subject: string;
  /** Number of the subscription. */
  readonly sid: number;
  readonly reply: string | undefined;
  /** `NATS/1.0…` with its empty line at the end; undefined when the message has none. */
  readonly header: Buffer | undefined;
  readonly payload: Buffer;
  /** Lent with it. */
  readonly memory: MemoryPiece;
}

export interface ParserEvents {
  message(message: Incoming): void;
  /** JSON. */
  info(text: string): void;
  ping(): void;
  pong(): void;
  /** What the server objects to. */
  error(text: string): void;
  /** This is not NATS's protocol: the parser stops. */
  broken(what: string): void;
}

interface Head {
  readonly subject: string;
  readonly sid: number;
  readonly reply: string | undefined;
  /** -1: no header. */
  readonly headerBytes: number;
  /** Header and payload. */
  readonly bytes: number;
}

/** Less than this is not worth a read. */
const MIN_ROOM = 16 << 10;
/** INFO names the servers of a cluster; all other lines are below 4 KiB. */
const MAX_LINE_BYTES = 64 << 10;
/** The server allows no larger `max_payload`. */
const MAX_MESSAGE_BYTES = 64 << 20;

const LF = 10;
const CR = 13;
const [M, H, P, I, O, MINUS, PLUS] = [...'MHPIO-+'].map((char) => char.charCodeAt(0));

/**
 * Cuts what a NATS server sends into messages, wherever the pieces begin and end. The socket reads straight into
 * {@link room}; a message is given as a view of that memory: nothing is copied but the beginning of a message at the end of a
 * piece of memory.
 *
 * Source of the format: https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export class Parser {
  readonly #events: ParserEvents;
  readonly #memory = new ReadMemory();
  #piece = this.#memory.take();
  /** What is not parsed yet: from here to `#end`. */
  #start = 0;
  #end = 0;
  /** Of the message whose bytes begin at `#start`; undefined where a line begins. */
  #head: Head | undefined;
  #stopped = false;

  constructor(events: ParserEvents) {
    this.#events = events;
  }

  /** Where the next bytes go; never empty. */
  get room(): Buffer {
    return this.#piece.bytes.subarray(this.#end);
  }

  /** So many bytes were read into {@link room}. */
  take(bytes: number): void {
    this.#end += bytes;
    let more = true;
    while (more && !this.#stopped) more = this.#head === undefined ? this.#readLine() : this.#readMessage(this.#head);
    this.#makeRoom();
  }

  /** Nothing more is told, also of what is here. */
  stop(): void {
    this.#stopped = true;
  }

  /** False when the line has not come whole. */
  #readLine(): boolean {
    if (this.#start === this.#end) return false;
    const { bytes: arena } = this.#piece;
    const start = this.#start;
    const length = arena.subarray(start, this.#end).indexOf(LF);
    if (length < 0) {
      return this.#end - start > MAX_LINE_BYTES ? this.#break('a line without an end') : false;
    }
    const end = start + length - 1;
    if (arena[end] !== CR) return this.#break('a line that does not end with CR LF');
    this.#start = end + 2;
    switch (arena[start]) {
      case M:
        return this.#begin(messageHead(arena.toString('latin1', start + 'MSG '.length, end)));
      case H:
        return this.#begin(headedHead(arena.toString('latin1', start + 'HMSG '.length, end)));
      case P:
        if (arena[start + 1] === O) this.#events.pong();
        else this.#events.ping();
        break;
      case I:
        this.#events.info(arena.toString('utf8', start + 'INFO '.length, end));
        break;
      case MINUS:
        this.#events.error(arena.toString('utf8', start + '-ERR '.length, end).replaceAll("'", ''));
        break;
      case PLUS:
        break;
      default:
        return this.#break(`"${arena.toString('latin1', start, Math.min(end, start + 20))}"`);
    }
    return true;
  }

  #begin(head: Head): boolean {
    const { sid, bytes } = head;
    if (!(sid >= 0 && bytes <= MAX_MESSAGE_BYTES && bytes >= Math.max(head.headerBytes, 0))) {
      return this.#break(`the head of a message: ${sid} ${head.headerBytes} ${bytes}`);
    }
    this.#head = head;
    return true;
  }

  /** False when the message has not come whole. */
  #readMessage({ subject, sid, reply, headerBytes, bytes }: Head): boolean {
    const { bytes: arena } = this.#piece;
    const end = this.#start + bytes;
    if (this.#end < end + 2) return false;
    if (arena[end] !== CR || arena[end + 1] !== LF) return this.#break('a message that does not end with CR LF');
    const payloadAt = this.#start + Math.max(headerBytes, 0);
    const header = headerBytes < 0 ? undefined : arena.subarray(this.#start, payloadAt);
    this.#start = end + 2;
    this.#head = undefined;
    this.#piece.lend();
    this.#events.message({ subject, sid, reply, header, payload: arena.subarray(payloadAt, end), memory: this.#piece });
    return true;
  }

  #break(what: string): false {
    this.#stopped = true;
    this.#events.broken(what);
    return false;
  }

  #makeRoom(): void {
    const piece = this.#piece;
    const needed = this.#head === undefined ? 0 : this.#head.bytes + 2;
    const fits = this.#start + needed <= piece.bytes.length;
    if (fits && (needed > this.#end - this.#start || piece.bytes.length - this.#end >= MIN_ROOM)) return;
    const rest = piece.bytes.subarray(this.#start, this.#end);
    this.#piece = this.#memory.take(Math.max(needed, rest.length) + MIN_ROOM);
    rest.copy(this.#piece.bytes);
    piece.fill();
    this.#start = 0;
    this.#end = rest.length;
  }
}

/** `<subject> <sid> [reply] <bytes>` */
function messageHead(line: string): Head {
  const fields = line.split(' ');
  const [subject = '', sid, third, fourth] = fields;
  const [reply, bytes] = fields.length === 4 ? [third, fourth] : [undefined, third];
  return { subject, sid: Number(sid), reply, headerBytes: -1, bytes: Number(bytes) };
}

/** `<subject> <sid> [reply] <bytes of the header> <bytes in all>` */
function headedHead(line: string): Head {
  const fields = line.split(' ');
  const [subject = '', sid, third, fourth, fifth] = fields;
  const [reply, header, all] = fields.length === 5 ? [third, fourth, fifth] : [undefined, third, fourth];
  return { subject, sid: Number(sid), reply, headerBytes: Number(header), bytes: Number(all) };
}
