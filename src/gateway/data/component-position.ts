import { MAX_BATCH_ROWS } from './arrow/column-group.ts';
import type { Journal } from './journal.ts';
import type { JournalEntry } from './journal-record.ts';
import type { RowFormat } from './row-format.ts';
import type { StreamGroup } from './stream-group.ts';
import type { StreamPoint } from './stream-point.ts';
import type { Claim, StreamStart } from './stream-position.ts';

/**
 * A kill that falls into a write leaves its bytes on the wire and out of the journal: a component that does not say what
 * it has received gets them a second time. So a write is short.
 */
export const MAX_WRITE_BYTES = 64 * 1024;

/** How far a component is in a run. Every change is in the journal before the method returns. */
export class ComponentPosition {
  readonly #id: string;
  readonly #journal: Journal;
  #run = 0;
  #entry: JournalEntry;

  constructor(id: string, journal: Journal) {
    this.#id = id;
    this.#journal = journal;
    this.#entry = journal.entry(id, 0);
  }

  /** Bytes of its stream that the kernel has taken over any connection. */
  get delivered(): number {
    return this.#entry.delivered;
  }

  /** Bytes of its stream, from the first on, that it was given without a gap. */
  get given(): number {
    return this.#entry.given;
  }

  /** Where its stream can begin again. */
  get point(): StreamPoint {
    return this.#entry.point;
  }

  /** The newest border that it is known to have passed; undefined when {@link point} is newer. */
  get near(): StreamPoint | undefined {
    const { near, point, delivered } = this.#entry;
    return near !== undefined && near.seq > point.seq && near.bytes <= delivered ? near : undefined;
  }

  /** Rows below are processed; undefined when the component does not acknowledge. */
  get acked(): number | undefined {
    return this.#entry.acked;
  }

  /** Rows below were written before to a connection that asked for numbers. */
  get reached(): number {
    return this.#entry.reached;
  }

  /** It has had a data connection in this run. */
  get connected(): boolean {
    return this.#entry.connected;
  }

  /** How its rows were given in a run, or lines when none were. */
  formatIn(run: number): RowFormat {
    return this.#journal.entry(this.#id, run).format ?? 'ndjson';
  }

  /** It has had no row of this run yet. */
  get untouched(): boolean {
    const { delivered, given, reached } = this.#entry;
    return delivered === 0 && given === 0 && reached === 0;
  }

  /** The beginning of a run, or where it was before the server was restarted. */
  join(run: number, { origin, format }: Pick<StreamGroup, 'origin' | 'format'>): void {
    this.#run = run;
    this.#change({ ...this.#journal.entry(this.#id, run, origin), format });
  }

  /** Its rows are given in this form; only while it is {@link untouched}. */
  reformat(format: RowFormat): void {
    this.#change({ format });
  }

  /** It has a data connection in this run. */
  meet(): void {
    if (!this.#entry.connected) this.#change({ connected: true });
  }

  /** Where a new connection begins. When it is the component's only one, the component itself moves there. */
  begin(claim: Claim, group: StreamGroup, alone: boolean): StreamStart {
    if (alone) this.#correct(claim.received);
    const row = this.#rowOf(claim);
    if (row === undefined) return { offset: this.#entry.delivered };
    const offset = row === this.#entry.row ? this.#entry.delivered : group.offsetOf(row);
    const point = row < this.#entry.point.rows ? group.pointBefore(row) : this.#entry.point;
    if (alone) this.#moveTo({ row, offset, point });
    else if (point !== this.#entry.point) this.#change({ point });
    return offset === undefined ? { row } : { offset };
  }

  /** Number of the row at `start`, when that is known before the row comes. */
  rowAt(start: StreamStart, group: StreamGroup): number | undefined {
    if ('row' in start) return start.row;
    if (start.offset === this.#entry.delivered && this.#entry.row !== undefined) return this.#entry.row;
    return group.rowAt(start.offset);
  }

  /** The same of what a claim would lead to. */
  preview(claim: Claim, group: StreamGroup): number | undefined {
    const row = this.#rowOf(claim);
    return row ?? this.rowAt({ offset: this.#entry.delivered }, group);
  }

  /** A process that has received nothing yet begins at `offset`: what it will say to have received counts from here. */
  countFrom(offset: number): void {
    if (offset !== this.#entry.origin) this.#change({ origin: offset });
  }

  /** A connection has found the row that it was to begin with. */
  found(row: number, offset: number): void {
    if (this.#entry.seek === row) this.#moveTo({ row, offset, point: this.#entry.point });
  }

  /** What comes before byte `bytes` will not come any more; neither will a row there that it has asked for. */
  pass(bytes: number): void {
    this.#change({ delivered: Math.max(bytes, this.#entry.delivered), row: undefined, seek: undefined });
  }

  /** Rows will never come, or came and do not count: its stream is not whole, whatever follows. */
  lose(): void {
    this.#change({ given: -Infinity });
  }

  /** Everything before the border was taken. Written with the next change: an older one serves as well. */
  passed(near: StreamPoint): void {
    this.#entry = { ...this.#entry, near };
  }

  /** The kernel has taken the bytes from `before` to `sent`; `row` is the number of the next one, if it was counted. */
  progress(before: number, sent: number, row: number | undefined): void {
    const { delivered, given, reached } = this.#entry;
    const moved = sent > delivered ? { delivered: sent, row } : undefined;
    const gave = before <= given && sent > given ? { given: sent } : undefined;
    const further = row !== undefined && row > reached ? { reached: row } : undefined;
    if ((moved ?? gave ?? further) !== undefined) this.#change({ ...moved, ...gave, ...further });
  }

  /** Everything before `point` was taken, and it can begin again there. */
  advance(point: StreamPoint): void {
    const { point: before, acked = Infinity, delivered } = this.#entry;
    if (point.seq > before.seq && point.rows <= acked && point.bytes <= delivered) this.#change({ point });
  }

  /** The component has processed the rows below `seq`. An older acknowledgement changes nothing. */
  ack(seq: number, group: StreamGroup): void {
    if (seq <= (this.#entry.acked ?? -1)) return;
    this.#change({ acked: seq });
    this.advance(group.pointBefore(seq));
  }

  /** The row that a component asks for; undefined when it goes on at the first byte that was not taken. */
  #rowOf({ from, run }: Claim): number | undefined {
    const { acked, seek } = this.#entry;
    if (from === 'start') return 0;
    if (from === 'next') return acked ?? seek;
    if (from === undefined) return seek;
    // It names another run: it has no row of this one.
    if (run !== undefined) return run === this.#run ? from : 0;
    // A number that comes before the first connection in a run is of an earlier one.
    return this.#entry.connected || !this.#entry.returning ? from : seek;
  }

  #moveTo({ row, offset, point }: { row: number; offset: number | undefined; point: StreamPoint }): void {
    const { acked, given, format } = this.#entry;
    // Of batches a write is one, and a place a row.
    const write = format === 'arrow' ? MAX_BATCH_ROWS : MAX_WRITE_BYTES;
    // The write that a kill fell into may have reached the component: it knows better.
    const trusted = offset !== undefined && offset <= given + write ? Math.max(given, offset) : given;
    this.#change({
      point,
      delivered: offset ?? point.bytes,
      row: offset === undefined ? point.rows : row,
      seek: offset === undefined ? row : undefined,
      // It asks for these rows again: whatever it had made of them is gone.
      acked: acked === undefined ? undefined : Math.min(acked, row),
      given: trusted,
    });
  }

  /**
   * What the component says is worth more than what the kernel took: rows may have been lost with a connection, and one
   * write may have gone out that a killed server could not note.
   */
  #correct(received: number | undefined): void {
    const { connected, point, delivered, given, origin } = this.#entry;
    // Without a connection in this run, whatever it counts is of another one; a process that was just started has no count.
    if (received === undefined || received === 0 || !connected) return;
    const place = origin + received;
    if (place === delivered || place < point.bytes || place > delivered + MAX_WRITE_BYTES) return;
    const known = place <= given + MAX_WRITE_BYTES ? Math.max(given, place) : given;
    this.#change({ delivered: place, row: undefined, given: known });
  }

  #change(change: Partial<JournalEntry>): void {
    this.#entry = { ...this.#entry, ...change };
    this.#journal.set(this.#id, this.#run, this.#entry);
  }
}
