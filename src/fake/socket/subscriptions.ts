import type { FrameFaults } from '../faults/frame-faults.ts';
import type { Publisher } from '../feed/publisher.ts';
import type { Frame } from '../frames/frame.ts';
import type { Connection } from './connection.ts';

/** Who has subscribed to what; takes every frame to them. */
export class Subscriptions implements Publisher {
  readonly #streams = new Map<string, Set<Connection>>();
  readonly #faults: FrameFaults;
  readonly #written = new Set<Connection>();
  /** Frames that left a feed, per stream. */
  readonly published = new Map<string, number>();
  /** Called once, when somebody subscribes to anything. */
  onFirst: (() => void) | undefined;

  constructor(faults: FrameFaults) {
    this.#faults = faults;
  }

  add(stream: string, connection: Connection): void {
    this.onFirst?.();
    this.onFirst = undefined;
    const connections = this.#streams.get(stream);
    if (connections === undefined) this.#streams.set(stream, new Set([connection]));
    else connections.add(connection);
  }

  remove(stream: string, connection: Connection): void {
    const connections = this.#streams.get(stream);
    connections?.delete(connection);
    if (connections?.size === 0) this.#streams.delete(stream);
  }

  wanted(stream: string): boolean {
    return this.#streams.has(stream);
  }

  publish(frame: Frame): void {
    const connections = this.#streams.get(frame.stream);
    if (connections === undefined) return;
    this.published.set(frame.stream, (this.published.get(frame.stream) ?? 0) + 1);
    if (!this.#faults.any) {
      for (const connection of connections) this.#send(frame, connection);
      return;
    }
    for (const each of this.#faults.forAll(frame)) {
      for (const connection of connections) {
        for (const out of this.#faults.forOne(each, connection.id)) this.#send(out, connection);
      }
    }
  }

  /** Hands what was published since the last time to the kernel. */
  flush(): void {
    for (const connection of this.#written) connection.flush();
    this.#written.clear();
  }

  #send(frame: Frame, connection: Connection): void {
    this.#written.add(connection);
    connection.send(frame);
  }
}
