import type { LogPosition } from './live-log.ts';

/** Rows of one topic on their way through a realtime run. */
export interface PagedMessage {
  readonly subject: string;
  /** Whole lines. */
  readonly payload: Uint8Array;
  readonly at: LogPosition;
}

const PAGE_MESSAGES = 512;
const PAGE_BYTES = 128 << 10;
/** run, epoch, seq, rows, ts, note */
const NUMBERS = 6;

/**
 * Messages in order, kept for seconds. They lie in pages of memory: kept as objects, the garbage collector would copy each of
 * them until it is dropped, and every row waits so long. Pure.
 *
 * A message has a place, a number that stays its own: from {@link begin} to {@link end}, which is not included.
 */
export class MessagePages {
  #pages: Page[] = [];
  /** One string for each subject, not one for each message. */
  readonly #subjects = new Map<string, string>();
  #begin = 0;
  #end = 0;

  get begin(): number {
    return this.#begin;
  }

  get end(): number {
    return this.#end;
  }

  /** Copies the message. `note`: a number to be kept with it. */
  push(message: PagedMessage, note = 0): void {
    let page = this.#pages.at(-1);
    if (page === undefined || !page.hasRoom(message.payload.length)) {
      page = new Page(this.#end, Math.max(PAGE_BYTES, message.payload.length));
      this.#pages.push(page);
    }
    page.push(message, this.#subject(message.subject), note);
    this.#end += 1;
  }

  /** Forgets the oldest message, and its page with the last one of it. */
  drop(): void {
    if (this.#begin === this.#end) return;
    this.#begin += 1;
    const [page] = this.#pages;
    if (page !== undefined && this.#begin >= page.end) this.#pages.shift();
  }

  /** Forgets all of them. */
  clear(): void {
    this.#pages = [];
    this.#begin = this.#end;
  }

  /** The message at a place, as a view; undefined when there is none. */
  at(place: number): PagedMessage | undefined {
    return this.#pageOf(place)?.message(place);
  }

  /** Number of its first row. */
  seqAt(place: number): number | undefined {
    return this.#pageOf(place)?.number(place, SEQ);
  }

  /** Number of the row after its last one. */
  endSeqAt(place: number): number | undefined {
    const page = this.#pageOf(place);
    return page === undefined ? undefined : page.number(place, SEQ) + page.number(place, ROWS);
  }

  bytesAt(place: number): number {
    return this.#pageOf(place)?.bytes(place) ?? 0;
  }

  noteAt(place: number): number | undefined {
    return this.#pageOf(place)?.number(place, NOTE);
  }

  /** The first place of a message that ends after row `seq`. */
  placeAfter(seq: number): number {
    let [low, high] = [this.#begin, this.#end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.endSeqAt(middle) ?? Infinity) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #subject(subject: string): string {
    const known = this.#subjects.get(subject);
    if (known === undefined) this.#subjects.set(subject, subject);
    return known ?? subject;
  }

  #pageOf(place: number): Page | undefined {
    if (place < this.#begin || place >= this.#end) return undefined;
    let [low, high] = [0, this.#pages.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pages[middle]?.end ?? Infinity) <= place) low = middle + 1;
      else high = middle;
    }
    return this.#pages[low];
  }
}

const [RUN, EPOCH, SEQ, ROWS, TS, NOTE] = [0, 1, 2, 3, 4, 5];

class Page {
  readonly #first: number;
  readonly #bytes: Buffer;
  readonly #subjects: string[] = [];
  readonly #numbers = new Float64Array(PAGE_MESSAGES * NUMBERS);
  readonly #ends = new Uint32Array(PAGE_MESSAGES);
  #count = 0;
  #used = 0;

  constructor(first: number, bytes: number) {
    this.#first = first;
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
  }

  /** The place after its last message. */
  get end(): number {
    return this.#first + this.#count;
  }

  hasRoom(bytes: number): boolean {
    return this.#count < PAGE_MESSAGES && this.#used + bytes <= this.#bytes.length;
  }

  push({ payload, at }: PagedMessage, subject: string, note: number): void {
    const { run, epoch, seq, rows, ts } = at;
    this.#bytes.set(payload, this.#used);
    this.#used += payload.length;
    this.#ends[this.#count] = this.#used;
    this.#subjects.push(subject);
    const place = NUMBERS * this.#count;
    this.#numbers[place + RUN] = run;
    this.#numbers[place + EPOCH] = epoch;
    this.#numbers[place + SEQ] = seq;
    this.#numbers[place + ROWS] = rows;
    this.#numbers[place + TS] = ts;
    this.#numbers[place + NOTE] = note;
    this.#count += 1;
  }

  number(place: number, which: number): number {
    return this.#numbers[NUMBERS * (place - this.#first) + which] ?? 0;
  }

  bytes(place: number): number {
    const index = place - this.#first;
    return (this.#ends[index] ?? 0) - (this.#ends[index - 1] ?? 0);
  }

  message(place: number): PagedMessage {
    const index = place - this.#first;
    const [run, epoch, seq] = [this.number(place, RUN), this.number(place, EPOCH), this.number(place, SEQ)];
    return {
      subject: this.#subjects[index] ?? '',
      payload: this.#bytes.subarray(this.#ends[index - 1] ?? 0, this.#ends[index]),
      at: { run, epoch, seq, rows: this.number(place, ROWS), ts: this.number(place, TS) },
    };
  }
}
