import { setTimeout as delay } from 'node:timers/promises';
import { AegisError } from '../../model/errors.ts';
import type { BusStatus, Subscription } from '../bus.ts';
import type { NatsAddress } from '../nats-address.ts';
import { checkSubject, Link, type Outgoing } from './link.ts';
import type { Incoming } from './parser.ts';

const AGAIN_MS = 250;
const AGAIN_JITTER_MS = 100;

interface Subscribed {
  readonly subject: string;
  readonly handler: (message: Incoming) => void;
}

export interface LastingLinkOptions {
  readonly address: NatsAddress;
  readonly name: string;
  /** False: `open` throws when the server is not there. */
  readonly waitForServer: boolean;
  /** Told of every loss and return, the first connection aside. */
  readonly onStatus: (status: BusStatus) => void;
}

/** A connection that is sought again without end when it is lost, with the subscriptions that it had. */
export class LastingLink {
  readonly #options: LastingLinkOptions;
  readonly #subscriptions = new Map<number, Subscribed>();
  readonly #closed = new AbortController();
  #sid = 0;
  /** Undefined between two attempts to connect. */
  #link: Link | undefined;
  #connected = false;

  constructor(options: LastingLinkOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /**
   * Connects for the first time. Throws when the server does not let it in, and when it is not there and nobody wants to
   * wait. `tls`: the server encrypts, this cannot be used.
   */
  async open(): Promise<'open' | 'tls'> {
    for (;;) {
      const link = this.#newLink();
      try {
        const opened = await link.opened();
        this.#connected = opened === 'open';
        return opened;
      } catch (error) {
        if (link.refused || !this.#options.waitForServer) throw error;
      }
      await this.#pause();
    }
  }

  /** False: the message is dropped. */
  send(message: Outgoing): boolean {
    return this.#connected && this.#link?.publish(message) === true;
  }

  listen(subject: string, handler: (message: Incoming) => void): Subscription {
    checkSubject(subject);
    const sid = ++this.#sid;
    this.#subscriptions.set(sid, { subject, handler });
    this.#link?.subscribe(sid, subject);
    return {
      close: () => {
        if (this.#subscriptions.delete(sid)) this.#link?.unsubscribe(sid);
      },
    };
  }

  /** Resolves when the server has everything sent before. Throws DEPENDENCY_DOWN. */
  async flush(): Promise<void> {
    if (this.#link === undefined) throw this.down();
    await this.#link.ping();
  }

  /** Sends what is pending and closes, within `limitMs` in any case. */
  async close(limitMs: number): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    // What is pending is with the server when it has answered; a connection that breaks meanwhile has nothing to send.
    const sent = this.#connected ? this.flush().catch(() => undefined) : undefined;
    await Promise.race([sent, delay(limitMs, undefined, { ref: false })]);
    this.#link?.close('it was closed');
  }

  down(where = this.#options.address.shown): AegisError {
    return new AegisError('DEPENDENCY_DOWN', 'the connection to NATS is down', { where });
  }

  /** Everything that is subscribed now is subscribed by it, everything later by `listen`. */
  #newLink(): Link {
    const { address, name } = this.#options;
    const link = new Link({
      address,
      name,
      onMessage: (message) => this.#deliver(message),
      onClosed: () => this.#onClosed(link),
    });
    for (const [sid, { subject }] of this.#subscriptions) link.subscribe(sid, subject);
    this.#link = link;
    return link;
  }

  #deliver(message: Incoming): void {
    const subscribed = this.#subscriptions.get(message.sid);
    // It may have been on its way when the subscription was closed.
    if (subscribed === undefined) message.memory.release();
    else subscribed.handler(message);
  }

  #onClosed(link: Link): void {
    if (this.#link === link) this.#link = undefined;
    if (!this.#connected) return;
    this.#connected = false;
    this.#options.onStatus('down');
    if (!this.#closed.signal.aborted) void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    for (;;) {
      await this.#pause();
      if (this.#closed.signal.aborted) return;
      const link = this.#newLink();
      const opened = await link.opened().catch(() => undefined);
      if (opened === 'open') break;
      link.close('it could not be opened');
    }
    this.#connected = true;
    this.#options.onStatus('up');
  }

  async #pause(): Promise<void> {
    const { signal } = this.#closed;
    await delay(AGAIN_MS + Math.random() * AGAIN_JITTER_MS, undefined, { signal }).catch(() => undefined);
  }
}
