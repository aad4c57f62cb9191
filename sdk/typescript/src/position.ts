import { ArrowBatch } from './arrow-batch.ts';
import type { RecordBatch } from './arrow-library.ts';
import { Batch } from './batch.ts';
import type { Fields } from './protocol.ts';

/**
 * What a process gets that is started again in the middle of a run. `resume`: the rows after the last ones that were
 * handled. `replay`: every row of the run from the first one, so that it can rebuild its state.
 */
export type Recovery = 'resume' | 'replay';

/** The component's own store: row `from` of run `run` is the first one that is not in it. */
export interface StoredPosition {
  readonly run: number;
  readonly from: number;
}

const NEWLINE = 10;
const SEQ = Buffer.from(',"seq":');
const ZERO = 48;
const NINE = 57;

/** Where a component is in its own stream, over all its connections. See docs/stream.md of Aegis. */
export class Position {
  readonly #recovery: Recovery;
  readonly #stored: StoredPosition | undefined;
  #reborn = false;
  #over = false;
  #run: number | undefined;
  #next: number | undefined;
  #given = 0;

  constructor(recovery: Recovery, stored?: StoredPosition) {
    this.#recovery = recovery;
    this.#stored = stored;
  }

  /** Undefined until Aegis has said which run it is. */
  get run(): number | undefined {
    return this.#run;
  }

  /** Number of the row that comes next; undefined while it is not known. */
  get next(): number | undefined {
    return this.#next;
  }

  /** Rows below were given to an earlier process of this component in this run. */
  get given(): number {
    return this.#given;
  }

  get replaying(): boolean {
    return this.#next !== undefined && this.#next < this.#given;
  }

  /** What the handshake of the next connection asks for. */
  claim(): object {
    if (this.#next !== undefined) return { from: this.#next, ...(this.#run === undefined ? {} : { run: this.#run }) };
    if (this.#over) return {};
    if (this.#reborn || this.#recovery === 'replay') return { from: 'start' };
    return this.#stored ?? { from: 'next' };
  }

  /** The rows that it asks for cannot be had any more: the run has ended. */
  refused(): void {
    this.#next = undefined;
    this.#over = true;
  }

  /** Takes what Aegis says of a connection. True when it is news: the first statement in a run. */
  state({ run, from, given }: Fields): boolean {
    if (typeof run !== 'number' || run === this.#run) return false;
    this.#run = run;
    this.#next = typeof from === 'number' ? from : undefined;
    this.#given = typeof given === 'number' ? given : 0;
    return true;
  }

  /** After REBORN: nothing of the run is there yet. */
  beginRun(): void {
    this.#reborn = true;
    this.#over = false;
    this.#run = undefined;
    this.#next = undefined;
    this.#given = 0;
  }

  /**
   * The rows of these lines that are new; those that come again after an own crash are apart from those that never were
   * there.
   *
   * @throws Error when a row is missing, or has no number
   */
  take(lines: Buffer): Batch[] {
    const came = seqAt(lines, 0);
    const last = seqAt(lines, lines.lastIndexOf(NEWLINE, lines.length - 2) + 1);
    if (came === undefined || last === undefined) throw new Error('a row has no number');
    const first = this.#next ?? came;
    if (came > first) throw new Error(`row ${first} was to come, and row ${came} came`);
    const end = last + 1;
    if (first >= end) return [];
    const fresh = after(lines, first - came);
    const run = this.#run;
    const seam = this.#given;
    this.#next = end;
    if (seam <= first || seam >= end) {
      return [new Batch(fresh, { run, seq: first, nextSeq: end, replayed: end <= seam })];
    }
    const rest = after(fresh, seam - first);
    return [
      new Batch(fresh.subarray(0, fresh.length - rest.length), { run, seq: first, nextSeq: seam, replayed: true }),
      new Batch(rest, { run, seq: seam, nextSeq: end }),
    ];
  }

  /** The same for record batches of Arrow. @throws Error when a row is missing */
  takeColumns(recordBatches: readonly RecordBatch[]): ArrowBatch[] {
    return recordBatches.filter(({ numRows }) => numRows > 0).flatMap((each) => this.#takeColumns(each));
  }

  #takeColumns(recordBatch: RecordBatch): ArrowBatch[] {
    const came = new ArrowBatch(recordBatch, { run: this.#run });
    const first = this.#next ?? came.seq;
    if (came.seq > first) throw new Error(`row ${first} was to come, and row ${came.seq} came`);
    const batch = came.slice(Math.min(came.length, first - came.seq));
    if (batch.length === 0) return [];
    this.#next = batch.nextSeq;
    const seam = this.#given - batch.seq;
    if (seam <= 0 || seam >= batch.length) return [batch.slice(0, batch.length, { replayed: seam > 0 })];
    return [batch.slice(0, seam, { replayed: true }), batch.slice(seam)];
  }
}

/** An Aegis that does not know numbers sends rows without them. */
export function hasNumbers(lines: Buffer): boolean {
  return seqAt(lines, 0) !== undefined;
}

/** The lines as they are without `seq`, which is what stream hashes are made of. */
export function withoutNumbers({ lines, seq, length }: Batch): Buffer {
  const plain = Buffer.allocUnsafe(lines.length);
  let size = 0;
  let place = 0;
  for (let number = seq; number < seq + length; number += 1) {
    const middle = lines.indexOf(SEQ, place);
    size += lines.copy(plain, size, place, middle);
    place = middle + SEQ.length + String(number).length;
  }
  size += lines.copy(plain, size, place);
  return plain.subarray(0, size);
}

/** Number of the row that begins at `start`. A session id and a topic are tokens: the first match is the envelope's. */
function seqAt(lines: Buffer, start: number): number | undefined {
  const end = lines.indexOf(NEWLINE, start);
  const found = lines.subarray(start, end).indexOf(SEQ);
  if (found < 0) return undefined;
  let seq = 0;
  for (let place = start + found + SEQ.length; ; place += 1) {
    const digit = lines[place] ?? 0;
    if (digit < ZERO || digit > NINE) return seq;
    seq = seq * 10 + digit - ZERO;
  }
}

/** The lines after the first `rows`. */
function after(lines: Buffer, rows: number): Buffer {
  let place = 0;
  for (let row = 0; row < rows; row += 1) place = lines.indexOf(NEWLINE, place) + 1;
  return lines.subarray(place);
}
