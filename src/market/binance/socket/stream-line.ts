import type { Connection } from './connection.ts';
import type { LineContext } from './line-context.ts';
import type { RequestMethod } from './socket-event.ts';
import { Succession } from './succession.ts';

/** A set of streams that share a connection, whichever it is at the moment. */
export class StreamLine {
  readonly path: string;
  readonly #context: LineContext;
  readonly #succession: Succession;
  readonly #streams = new Set<string>();
  /** Names that the exchange has refused: they would spoil a URL. */
  readonly #refused = new Set<string>();
  #silenceRotationAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, context: LineContext) {
    this.path = path;
    this.#context = context;
    this.#succession = new Succession({
      path,
      context,
      streams: this.#streams,
      refused: this.#refused,
      done: (connection, method, streams) => this.#done(connection, method, streams),
      failed: (connection, method, streams, problem) => this.#failed(connection, method, streams, problem),
    });
  }

  get streams(): ReadonlySet<string> {
    return this.#streams;
  }

  get current(): Connection | undefined {
    return this.#succession.current;
  }

  get rotating(): boolean {
    return this.#succession.rotating;
  }

  add(streams: readonly string[], now: number): void {
    for (const stream of streams) this.#streams.add(stream);
    this.#ask('SUBSCRIBE', streams);
    if (!this.current?.isOpen) return;
    for (const stream of streams) this.#context.watch.listen(stream, now);
  }

  drop(streams: readonly string[]): void {
    for (const stream of streams) {
      this.#streams.delete(stream);
      this.#refused.delete(stream);
      this.#context.watch.forget(stream);
    }
    this.#ask('UNSUBSCRIBE', streams);
  }

  resubscribe(streams: readonly string[]): void {
    this.#ask('UNSUBSCRIBE', streams);
    this.#ask('SUBSCRIBE', streams);
  }

  /** For streams that a new subscription has not brought back. */
  replaceForSilence(streams: readonly string[], now: number): void {
    if (streams.length === 0 || now < this.#silenceRotationAt) return;
    this.#silenceRotationAt = now + this.#context.timings.silenceRotationMs;
    this.#succession.rotate(`silent: ${streams.slice(0, 3).join(', ')}`, { once: true, now });
  }

  tick(now: number): void {
    this.#succession.tick(now);
  }

  /** It is not used again. */
  close(): void {
    for (const stream of this.#streams) this.#context.watch.forget(stream);
    this.#streams.clear();
    this.#succession.close();
  }

  #ask(method: RequestMethod, streams: readonly string[]): void {
    for (const { requests } of this.#succession.connections) requests.ask(method, streams);
  }

  #done(connection: Connection, method: RequestMethod, streams: readonly string[]): void {
    for (const stream of streams) this.#refused.delete(stream);
    const type = method === 'SUBSCRIBE' ? 'subscribed' : 'unsubscribed';
    this.#context.onEvent({ type, connection: connection.number, streams });
  }

  #failed(connection: Connection, method: RequestMethod, streams: readonly string[], problem: string): void {
    const [only] = streams;
    const refused = method === 'SUBSCRIBE' && only !== undefined && streams.length === 1 && this.#streams.has(only);
    if (refused) this.#refused.add(only);
    this.#context.onEvent({ type: 'requestFailed', connection: connection.number, method, streams, problem });
  }
}
