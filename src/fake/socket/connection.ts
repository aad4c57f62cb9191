import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Limits } from '../dialect.ts';
import { type Frame, wireText } from '../frames/frame.ts';
import type { FakeEvent } from '../options.ts';
import { Liveness } from './liveness.ts';
import { MessageRate } from './message-rate.ts';
import { answer, type Subscriber } from './requests.ts';
import { type Route, serves } from './route.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Codes of RFC 6455: going away, and a broken rule. */
const GOING_AWAY = 1001;
const POLICY = 1008;
/** A client that reads too slowly is cut off when so many bytes wait for it. */
const MOST_WAITING = 64 * 1024 * 1024;

export interface ConnectionOptions {
  readonly id: number;
  readonly socket: WebSocket;
  readonly wire: Duplex;
  readonly route: Route;
  /** As requested: path and query. */
  readonly url: string;
  readonly limits: Limits;
  readonly subscriptions: Subscriptions;
  readonly onEvent: (event: FakeEvent) => void;
  readonly onClose: () => void;
}

/** First and last id of a stream, and how many frames of it were sent. */
export interface StreamCount {
  frames: number;
  readonly firstId: number;
  lastId: number;
}

/** One socket of a client. */
export class Connection implements Subscriber {
  readonly id: number;
  readonly url: string;
  readonly opened = Date.now();
  readonly streams = new Set<string>();
  readonly sent = new Map<string, StreamCount>();
  readonly streamLimit: number;
  combined: boolean;
  /** Why it ended; undefined while it is open. */
  ended: string | undefined;
  readonly #options: ConnectionOptions;
  readonly #rate: MessageRate;
  readonly #liveness: Liveness;
  #corked = false;
  #dead = false;
  #reason = 'closed by the client';

  constructor(options: ConnectionOptions) {
    const { id, socket, route, limits, url } = options;
    this.id = id;
    this.url = url;
    this.#options = options;
    this.combined = route.combined;
    this.streamLimit = limits.streamsPerConnection;
    this.#rate = new MessageRate(limits.messagesPerSecond);
    socket.on('message', (data, binary) => this.#incoming(() => this.#request(binary ? '' : String(data))));
    socket.on('ping', (data: Buffer) => this.#incoming(() => socket.pong(data)));
    socket.on('pong', () => this.#incoming(() => this.#liveness.answered()));
    socket.on('close', () => this.#closed());
    // A cut connection is told by `close` as well.
    socket.on('error', () => socket.terminate());
    this.#liveness = new Liveness({
      limits,
      ping: () => socket.ping(String(Date.now())),
      onMute: () => this.cut('no PONG'),
      onAge: () => this.close('24 hours are over'),
    });
    this.subscribe(route.streams);
  }

  subscribe(streams: readonly string[]): void {
    const { route, subscriptions, onEvent } = this.#options;
    if (streams.length > 0) onEvent({ type: 'subscribed', connection: this.id, streams });
    for (const stream of streams) {
      this.streams.add(stream);
      // Of another path, or of none: acknowledged, and silent for ever.
      if (serves(route.group, stream)) subscriptions.add(stream, this);
    }
  }

  unsubscribe(streams: readonly string[]): void {
    this.#options.onEvent({ type: 'unsubscribed', connection: this.id, streams });
    for (const stream of streams) {
      this.streams.delete(stream);
      this.#options.subscriptions.remove(stream, this);
    }
  }

  /** Many frames of one moment go to the kernel in one write: see `flush`. */
  send(frame: Frame): void {
    const { socket, wire, route } = this.#options;
    if (this.#dead || socket.readyState !== WebSocket.OPEN) return;
    if (!this.#corked) {
      wire.cork();
      this.#corked = true;
    }
    this.#count(frame);
    socket.send(wireText(frame, { combined: this.combined, unit: route.unit }));
  }

  flush(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#options.wire.uncork();
    if (this.#options.wire.writableLength > MOST_WAITING) this.cut('the client reads too slowly');
  }

  /** A text that belongs to no stream. */
  tell(text: string): void {
    if (!this.#dead) this.#options.socket.send(text);
  }

  /** A close frame, then the end. */
  close(reason: string, code = GOING_AWAY): void {
    this.#reason = reason;
    this.flush();
    this.#options.socket.close(code, reason);
  }

  /** The end without a close frame. */
  cut(reason: string): void {
    this.#reason = reason;
    this.#options.socket.terminate();
  }

  /** Nothing is sent or read any more, and the connection stays. */
  halfOpen(): void {
    this.#dead = true;
    this.#options.wire.pause();
    this.#liveness.stop();
  }

  /** The notice that the server goes down, and the end after a while, ms. */
  shutdown(afterMs: number): void {
    const notice = `{"e":"serverShutdown","E":${Date.now()}}`;
    this.tell(this.combined ? `{"stream":"!serverShutdown","data":${notice}}` : notice);
    this.#liveness.endIn(afterMs, () => this.close('the server goes down'));
  }

  #incoming(act: () => void): void {
    if (this.#dead) return;
    if (!this.#rate.take(performance.now())) this.close('too many messages', POLICY);
    else act();
  }

  #request(text: string): void {
    this.tell(answer(text, this));
  }

  #closed(): void {
    this.#liveness.stop();
    for (const stream of this.streams) this.#options.subscriptions.remove(stream, this);
    this.ended = this.#reason;
    let frames = 0;
    for (const count of this.sent.values()) frames += count.frames;
    this.#options.onEvent({ type: 'disconnected', connection: this.id, reason: this.#reason, frames });
    this.#options.onClose();
  }

  #count({ stream, id }: Frame): void {
    const count = this.sent.get(stream);
    if (count === undefined) this.sent.set(stream, { frames: 1, firstId: id, lastId: id });
    else {
      count.frames++;
      count.lastId = id;
    }
  }
}
