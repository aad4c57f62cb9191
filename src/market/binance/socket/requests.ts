import type { RateWindow } from './rate-window.ts';
import type { RequestMethod } from './socket-event.ts';

export interface RequestsOptions {
  /** Messages of the connection; one is kept for a PONG. */
  readonly pace: RateWindow;
  readonly namesPerMessage: number;
  /** ms */
  readonly replyMs: number;
  readonly send: (text: string) => void;
  readonly done: (method: RequestMethod, streams: readonly string[]) => void;
  readonly failed: (method: RequestMethod, streams: readonly string[], problem: string) => void;
}

interface Batch {
  readonly method: RequestMethod;
  readonly streams: readonly string[];
}

interface OpenRequest extends Batch {
  readonly sentAt: number;
}

const PONG_RESERVE = 1;

/**
 * SUBSCRIBE and UNSUBSCRIBE of one connection: in the order in which they were asked for, many streams in one, no faster
 * than the exchange allows. One bad name makes the exchange refuse all that were asked for with it: those are halved and
 * asked for again until the name is found.
 */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #open = new Map<number, OpenRequest>();
  #queue: { method: RequestMethod; stream: string }[] = [];
  #again: Batch[] = [];
  #lastId = 0;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Nothing is on its way any more. */
  get settled(): boolean {
    return this.#open.size === 0 && this.#queue.length === 0 && this.#again.length === 0;
  }

  ask(method: RequestMethod, streams: Iterable<string>): void {
    for (const stream of streams) this.#queue.push({ method, stream });
  }

  /** Sends what may be sent now, and gives up what was not answered. */
  pump(now: number): void {
    const { pace, replyMs, send, failed } = this.#options;
    for (const [id, { method, streams, sentAt }] of this.#open) {
      if (now - sentAt < replyMs) break;
      this.#open.delete(id);
      failed(method, streams, `no answer within ${replyMs} ms`);
    }
    while ((this.#again.length > 0 || this.#queue.length > 0) && pace.take(now, PONG_RESERVE)) {
      const batch = this.#again.shift() ?? this.#nextBatch();
      this.#lastId += 1;
      this.#open.set(this.#lastId, { ...batch, sentAt: now });
      send(JSON.stringify({ method: batch.method, params: batch.streams, id: this.#lastId }));
    }
  }

  /** An error without id belongs to the oldest request. */
  answered(id: number | undefined, error: string | undefined): void {
    const key = id ?? this.#open.keys().next().value;
    const request = key === undefined ? undefined : this.#open.get(key);
    if (key === undefined || request === undefined) return;
    this.#open.delete(key);
    const { method, streams } = request;
    if (error === undefined) this.#options.done(method, streams);
    else if (streams.length === 1) this.#options.failed(method, streams, error);
    else {
      const middle = streams.length >> 1;
      this.#again.push({ method, streams: streams.slice(0, middle) }, { method, streams: streams.slice(middle) });
    }
  }

  #nextBatch(): Batch {
    const method = this.#queue[0]?.method ?? 'SUBSCRIBE';
    const other = this.#queue.findIndex((each) => each.method !== method);
    const same = other === -1 ? this.#queue.length : other;
    const taken = this.#queue.splice(0, Math.min(same, this.#options.namesPerMessage));
    return { method, streams: taken.map(({ stream }) => stream) };
  }
}
