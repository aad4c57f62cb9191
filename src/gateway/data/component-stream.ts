import { type DataConnection, MAX_WRITE_BYTES } from './data-connection.ts';
import type { ComponentStatus } from './events.ts';
import type { Journal } from './journal.ts';
import type { StreamPoint } from './stream-point.ts';
import { ORIGIN, type TopicGroup } from './topic-group.ts';

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

/** A component and how far its stream is. */
export class ComponentStream {
  readonly id: string;
  /** Short topics in the order of CONFIGURE. */
  topics: readonly string[];
  readonly connections = new Set<DataConnection>();
  /** The stream of the current run; undefined while the component has no part in it. */
  group: TopicGroup | undefined;
  presence: Presence = { state: 'absent' };
  /** Rows of slices that were taken whole. */
  rows = 0;
  /** When the kernel last took bytes, or the component last had nothing to take; ms of the monotonic clock. */
  progressAt = 0;
  slow = false;
  readonly #journal: Journal;
  #run = 0;
  #delivered = 0;
  /** It has had a data connection in this run. */
  #met = false;
  /** What the component said at a handshake that came before the run was known here. */
  #received: number | undefined;
  #point: StreamPoint = ORIGIN;

  constructor(id: string, topics: readonly string[], journal: Journal) {
    this.id = id;
    this.topics = topics;
    this.#journal = journal;
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
    return this.#delivered;
  }

  /** Where its stream can begin again. */
  get point(): StreamPoint {
    return this.#point;
  }

  /** How far every connection of it is. */
  get taken(): number {
    let least = Infinity;
    for (const { sent } of this.connections) least = Math.min(least, sent);
    return least === Infinity ? this.#delivered : least;
  }

  get status(): ComponentStatus {
    return {
      componentId: this.id,
      presence: this.group === undefined ? 'idle' : this.presence.state,
      connections: this.connections.size,
      rows: this.rows,
      bytes: this.#delivered,
      lagRows: this.paces && this.group !== undefined ? this.group.rows - this.rows : 0,
      slow: this.slow,
    };
  }

  /** Takes part in a run: from its beginning, or from where it was before the server was restarted. */
  join(run: number, group: TopicGroup, patience: Patience): void {
    const { delivered, point, connected } = this.#journal.entry(this.id, run);
    this.group = group;
    this.#run = run;
    this.#delivered = delivered;
    this.#point = point;
    this.#met = connected;
    const here = this.connections.size > 0;
    if (here) this.#correct(this.#received);
    this.#received = undefined;
    this.rows = point.rows;
    this.slow = false;
    this.presence = here ? { state: 'connected' } : missing(connected, patience);
    this.#met = here || connected;
    this.#write();
    for (const connection of this.connections) connection.attach(group, this.#delivered);
  }

  leave(): void {
    this.group = undefined;
    this.presence = { state: 'absent' };
    for (const connection of this.connections) connection.detach();
  }

  /**
   * A connection has made its handshake and said how much the component has `received`, if it does. True when the
   * stream must go back for it.
   */
  connected(connection: DataConnection, received: number | undefined): boolean {
    const absent = this.presence.state === 'absent';
    const delivered = this.#delivered;
    const first = this.connections.size === 0;
    this.connections.add(connection);
    if (this.group === undefined) {
      if (first) this.#received = received;
      return false;
    }
    if (first) this.#correct(received);
    this.#met = true;
    connection.attach(this.group, this.#delivered);
    this.presence = { state: 'connected' };
    this.#write();
    return absent || this.#delivered < delivered;
  }

  /** A connection has gone: when it was the last one, the clock is held for a while. */
  disconnected(started: boolean, patience: Patience): void {
    if (this.connections.size === 0 && this.presence.state === 'connected') this.presence = missing(started, patience);
  }

  progress(sent: number, now: number): void {
    this.progressAt = now;
    if (sent <= this.#delivered) return;
    this.#delivered = sent;
    this.#journal.setDelivered(this.id, sent);
  }

  /** Everything before `point` was taken, and it can begin again there. */
  moveTo(point: StreamPoint): void {
    this.#point = point;
    this.#write();
  }

  /**
   * What the component says is worth more than what the kernel took: rows may have been lost with a connection, and one
   * write may have gone out that a killed server could not note.
   */
  #correct(received: number | undefined): void {
    // Without a connection in this run, whatever it counts is of another one.
    if (received === undefined || received === 0 || !this.#met) return;
    if (received >= this.#point.bytes && received <= this.#delivered + MAX_WRITE_BYTES) this.#delivered = received;
  }

  #write(): void {
    const entry = { delivered: this.#delivered, point: this.#point, connected: this.#met };
    this.#journal.set(this.id, this.#run, entry);
  }
}

function missing(known: boolean, { dataGraceMs, dataReconnectMs }: Patience): Presence {
  const now = performance.now();
  return known ? { state: 'lost', deadline: now + dataReconnectMs } : { state: 'awaited', deadline: now + dataGraceMs };
}
