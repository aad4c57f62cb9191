import { ComponentPosition } from './component-position.ts';
import type { Attachment, DataConnection } from './data-connection.ts';
import type { ComponentStatus } from './events.ts';
import type { StatedPosition } from './handshake.ts';
import type { Journal } from './journal.ts';
import type { StreamNotice } from './live/notice.ts';
import type { RowFormat } from './row-format.ts';
import type { StreamGroup } from './stream-group.ts';
import type { StreamPoint } from './stream-point.ts';
import type { Claim, StreamStart } from './stream-position.ts';

/**
 * `awaited`: no data connection in this run yet. `lost`: it had one. Both hold the clock until `deadline` (ms of the
 * monotonic clock).
 * `absent`: given up, the stream goes on without it.
 */
export type Presence =
  | { readonly state: 'awaited' | 'lost'; readonly deadline: number }
  | { readonly state: 'connected' | 'absent' };

/** How long the stream waits for a component, ms. */
export interface Patience {
  /** For its first data connection in a run. */
  readonly dataGraceMs: number;
  /** For its return. */
  readonly dataReconnectMs: number;
}

/** At its end a run waits so long for the next acknowledgement of a component that acknowledges. */
const ACK_PATIENCE_MS = 5_000;

/** A component and how far its stream is. */
export class ComponentStream {
  readonly id: string;
  /** Short topics in the order of CONFIGURE. */
  topics: readonly string[];
  readonly connections = new Set<DataConnection>();
  /** The stream of the current run; undefined while the component has no part in it. */
  group: StreamGroup | undefined;
  presence: Presence = { state: 'absent' };
  /** Rows of slices that were taken whole. */
  rows = 0;
  /** When the kernel last took bytes, or the component last had nothing to take; ms of the monotonic clock. */
  progressAt = 0;
  slow = false;
  readonly #position: ComponentPosition;
  #ackedAt = 0;

  constructor(id: string, topics: readonly string[], journal: Journal) {
    this.id = id;
    this.topics = topics;
    this.#position = new ComponentPosition(id, journal);
  }

  /** The stream waits for what this component takes. */
  get paces(): boolean {
    return this.group !== undefined && this.presence.state !== 'absent';
  }

  /** The stream cannot begin without it yet. */
  get holdsStart(): boolean {
    return this.group !== undefined && (this.presence.state === 'awaited' || this.presence.state === 'lost');
  }

  /** Bytes of its stream that the kernel has taken over any connection. */
  get delivered(): number {
    return this.#position.delivered;
  }

  /** It was given every row of the stream so far. */
  get whole(): boolean {
    const { delivered, given } = this.#position;
    return this.paces && delivered === this.group?.bytes && given >= delivered;
  }

  /** Where its stream can begin again. */
  get point(): StreamPoint {
    return this.#position.point;
  }

  /** How far every connection of it is. */
  get taken(): number {
    let least = Infinity;
    for (const { sent } of this.connections) least = Math.min(least, sent);
    return least === Infinity ? this.delivered : least;
  }

  get status(): ComponentStatus {
    const { acked } = this.#position;
    const group = this.paces ? this.group : undefined;
    const lag = group?.lag(this.taken) ?? { rows: 0, ms: 0 };
    return {
      componentId: this.id,
      presence: this.group === undefined ? 'idle' : this.presence.state,
      connections: this.connections.size,
      rows: Math.max(this.rows, (group?.rows ?? 0) - lag.rows),
      bytes: this.delivered,
      lagRows: lag.rows,
      lagMs: lag.ms,
      slow: this.slow,
      ...(acked === undefined ? {} : { acked }),
    };
  }

  /** How its rows are given in a run: as its connections ask for, or as rows of the run were given before. */
  formatIn(run: number): RowFormat {
    const [connection] = this.connections;
    return connection?.format ?? this.#position.formatIn(run);
  }

  /** Why it cannot have its rows in a form; undefined when it can. */
  formatProblem(format: RowFormat): string | undefined {
    for (const { format: other } of this.connections) {
      if (other !== format) return `invalid format: another data connection of the component has ${other}`;
    }
    if (this.group === undefined || this.group.format === format || this.#position.untouched) return undefined;
    return `invalid format: the component was given rows of this run as ${this.group.format}`;
  }

  /** Takes part in the run with this group in place of the one it had; it has had no row of either. */
  reformat(group: StreamGroup): void {
    this.group = group;
    this.#position.reformat(group.format);
  }

  /** Takes part in a run: from its beginning, or from where it was before the server was restarted. */
  join(run: number, group: StreamGroup, patience: Patience): void {
    this.group = group;
    this.#position.join(run, group);
    const waiting = [...this.connections];
    for (const connection of waiting) {
      const start = this.#position.begin(connection.claim, group, connection === waiting[0]);
      connection.attach(group, this.#attachment(start, group));
      connection.state(this.stated(run, start));
    }
    this.rows = this.point.rows;
    this.slow = false;
    this.presence = waiting.length > 0 ? { state: 'connected' } : missing(this.#position.connected, patience);
    if (waiting.length > 0) this.#position.meet();
  }

  leave(): void {
    this.group = undefined;
    this.presence = { state: 'absent' };
    for (const connection of this.connections) connection.detach();
  }

  /** Forgets connections whose peer has gone; what they had acknowledged counts. */
  settle(): void {
    for (const connection of this.connections) if (!connection.settle()) this.connections.delete(connection);
  }

  /** Where a new connection begins; undefined before the run. */
  begin(claim: Claim): StreamStart | undefined {
    if (this.group === undefined) return undefined;
    return this.#position.begin(claim, this.group, this.connections.size === 0);
  }

  /** What a connection is told of `start`. */
  stated(run: number, start: StreamStart): StatedPosition {
    const from = this.group === undefined ? undefined : this.#position.rowAt(start, this.group);
    const { reached: given } = this.#position;
    return from === undefined ? { run, given } : { run, from, given };
  }

  /** Number of the row that the component would begin with; undefined when that is not known before the row comes. */
  preview(claim: Claim): number | undefined {
    return this.group === undefined ? undefined : this.#position.preview(claim, this.group);
  }

  /** A connection was accepted. */
  connected(connection: DataConnection, start: StreamStart | undefined): void {
    this.connections.add(connection);
    if (this.group === undefined || start === undefined) return;
    this.#position.meet();
    connection.attach(this.group, this.#attachment(start, this.group));
    this.presence = { state: 'connected' };
  }

  /** A connection has gone: when it was the last one, the clock is held for a while. */
  disconnected(started: boolean, patience: Patience): void {
    if (this.connections.size === 0 && this.presence.state === 'connected') this.presence = missing(started, patience);
  }

  progress(before: number, { sent, row }: DataConnection, now: number): void {
    this.progressAt = now;
    this.#position.progress(before, sent, row);
  }

  /** The first byte that a connection will write is known. */
  began({ claim, sent }: DataConnection): void {
    if (claim.received === 0 && this.connections.size === 1) this.#position.countFrom(sent);
  }

  found(row: number, offset: number): void {
    this.#position.found(row, offset);
  }

  /** The stream has ended: connections that look for a row beyond it are closed, and refused when they come again. */
  leaveBeyondEnd(): void {
    const { group } = this;
    if (group?.total === undefined) return;
    for (const connection of this.connections) {
      if (connection.seek === undefined || connection.seek <= group.total) continue;
      this.#position.pass(group.bytes);
      connection.close();
    }
  }

  ack(seq: number, now: number): void {
    if (this.group === undefined) return;
    this.#ackedAt = now;
    this.#position.ack(seq, this.group);
  }

  /** It acknowledges, has not done so for all rows, and may still do it: the run must not end yet. */
  owesAck(now: number): boolean {
    const { acked } = this.#position;
    if (acked === undefined || !this.paces || acked >= (this.group?.rows ?? 0)) return false;
    return this.connections.size === 0 || now - Math.max(this.#ackedAt, this.progressAt) < ACK_PATIENCE_MS;
  }

  /** Slices with the rows below `rows` were taken by everyone in its group. */
  tookRows(rows: number): void {
    this.rows = Math.max(this.rows, rows);
  }

  /** Everything before `point` was taken, and it can begin again there. */
  moveTo(point: StreamPoint): void {
    this.#position.advance(point);
  }

  /** The border of {@link ComponentPosition.near}. */
  get near(): StreamPoint | undefined {
    return this.#position.near;
  }

  /** Everything before the border was taken. */
  passed(near: StreamPoint): void {
    this.#position.passed(near);
  }

  /** It goes on in another group of the same topics; places in its stream mean the same there. */
  regroup(group: StreamGroup): void {
    this.group = group;
    for (const connection of this.connections) connection.regroup(group);
  }

  /** Rows are lost to it, or came and do not count: this run gives it no hash. */
  lose(): void {
    this.#position.lose();
  }

  /** The rows before a border will not come any more: it goes on there. */
  skipTo({ bytes, rows }: StreamPoint): void {
    this.#position.pass(bytes);
    for (const connection of this.connections) connection.skipTo(bytes, rows);
  }

  /** Tells those of its connections that have asked for it how their stream is. */
  notice(notice: StreamNotice): void {
    for (const connection of this.connections) connection.notice(notice);
  }

  #attachment(start: StreamStart, group: StreamGroup): Attachment {
    const sent = 'row' in start ? this.point.bytes : start.offset;
    return { start, sent, seen: this.#position.rowAt(start, group) };
  }
}

function missing(known: boolean, { dataGraceMs, dataReconnectMs }: Patience): Presence {
  const now = performance.now();
  return known ? { state: 'lost', deadline: now + dataReconnectMs } : { state: 'awaited', deadline: now + dataGraceMs };
}
