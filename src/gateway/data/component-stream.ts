import type { DataConnection } from './data-connection.ts';
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

  /** Takes part in a run; true when it had a data connection in this run before the server was restarted. */
  join(run: number, group: TopicGroup): boolean {
    const { delivered, point, connected } = this.#journal.entry(this.id, run);
    this.group = group;
    this.#run = run;
    this.#delivered = delivered;
    this.#point = point;
    this.rows = point.rows;
    this.slow = false;
    this.#write(connected);
    for (const connection of this.connections) connection.attach(group, delivered);
    return connected;
  }

  leave(): void {
    this.group = undefined;
    this.presence = { state: 'absent' };
    for (const connection of this.connections) connection.detach();
  }

  connected(connection: DataConnection): void {
    this.connections.add(connection);
    if (this.group === undefined) return;
    connection.attach(this.group, this.#delivered);
    this.presence = { state: 'connected' };
    this.#write(true);
  }

  /**
   * The component says how much it has received. That is worth more than what the kernel took: rows may have been lost
   * with a connection, and at most `unwritten` bytes may have gone out that a killed server could not write down.
   */
  correct(received: number, unwritten: number): void {
    if (this.group === undefined || this.connections.size > 0) return;
    // Nothing was delivered: whatever it counts is of another run.
    if (received === 0 || this.#delivered === 0) return;
    if (received < this.#point.bytes || received > this.#delivered + unwritten) return;
    this.#delivered = received;
    this.#write(true);
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
    this.#write(true);
  }

  #write(connected: boolean): void {
    this.#journal.set(this.id, this.#run, { delivered: this.#delivered, point: this.#point, connected });
  }
}
