import { setTimeout as delay } from 'node:timers/promises';
import { AegisError, messageOf } from '../../model/errors.ts';
import { EPOCH_HEADER } from '../../model/wire/subjects.ts';
import type { Bus, BusMessage, BusStatus, PublishOptions, Subscription } from '../bus.ts';
import type { BusLog } from '../log.ts';
import { type NatsAddress, parseNatsUrl } from '../nats-address.ts';
import type { BusOptions } from '../nats-bus.ts';
import { oneHeader } from './header.ts';
import { HotLog } from './hot-log.ts';
import { HotMessage } from './hot-message.ts';
import { Link, type Outgoing } from './link.ts';
import type { Incoming } from './parser.ts';
import { Requests } from './requests.ts';

const AGAIN_MS = 250;
const AGAIN_JITTER_MS = 100;

/**
 * Connects as `connectBus` does, with a client of our own in place of the library: for the two connections that carry every
 * row. See docs/decisions/hot-connections.md. A server that encrypts gets the library's connection.
 */
export async function connectHotBus(options: BusOptions): Promise<Bus> {
  const address = parseNatsUrl(options.url);
  if (address.tls) return connectLibrary(options);
  const bus = new HotBus(options, address);
  try {
    if ((await bus.open()) === 'open') return bus;
  } catch (error) {
    await bus.close();
    throw new AegisError('DEPENDENCY_DOWN', `NATS does not answer: ${messageOf(error)}`, {
      where: address.shown,
      cause: error,
    });
  }
  await bus.close();
  return connectLibrary(options);
}

interface Subscribed {
  readonly subject: string;
  readonly handler: (message: Incoming) => void;
}

class HotBus implements Bus {
  readonly #options: BusOptions;
  readonly #address: NatsAddress;
  readonly #listeners: ((status: BusStatus) => void)[] = [];
  readonly #subscriptions = new Map<number, Subscribed>();
  readonly #requests = new Requests();
  readonly #closed = new AbortController();
  #sid = 0;
  /** Undefined between two attempts to connect. */
  #link: Link | undefined;
  #connected = false;
  #epoch: { readonly number: number; readonly header: string } | undefined;
  #library: Promise<Bus> | undefined;

  constructor(options: BusOptions, address: NatsAddress) {
    this.#options = options;
    this.#address = address;
    this.#listen(this.#requests.inbox, (message) => this.#requests.onAnswer(message));
  }

  get connected(): boolean {
    return this.#connected;
  }

  publish(subject: string, payload: Uint8Array, { epoch }: PublishOptions = {}): boolean {
    return this.#send({ subject, payload, header: epoch === undefined ? '' : this.#epochHeader(epoch) });
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    const respond = (reply: string, payload: Uint8Array): void => void this.publish(reply, payload);
    const sid = this.#listen(subject, (message) => handler(new HotMessage(message, respond)));
    return {
      close: () => {
        if (this.#subscriptions.delete(sid)) this.#link?.unsubscribe(sid);
      },
    };
  }

  async request(
    subject: string,
    payload: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    const reply = this.#requests.reply();
    if (!this.#send({ subject, payload, reply })) throw this.#down(subject);
    return this.#requests.answer(reply, { subject, timeoutMs });
  }

  log(sessionId: string): BusLog {
    return new HotLog({
      sessionId,
      send: (message) => this.#send(message),
      library: () => this.#openLibrary(),
    });
  }

  async flush(): Promise<void> {
    if (this.#link === undefined) throw this.#down();
    await this.#link.ping();
  }

  onStatus(listener: (status: BusStatus) => void): void {
    this.#listeners.push(listener);
  }

  async close(limitMs = 2_000): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    const library = this.#library?.then((bus) => bus.close(limitMs)).catch(() => undefined);
    // What is pending is with the server when it has answered; a connection that breaks meanwhile has nothing to send.
    if (this.#connected)
      await Promise.race([this.flush(), delay(limitMs, undefined, { ref: false })]).catch(() => undefined);
    this.#link?.close('closed');
    await library;
  }

  /**
   * Connects for the first time. Throws when the server does not let it in, and when it is not there and nobody wants to
   * wait. `tls`: this bus cannot be used.
   */
  async open(): Promise<'open' | 'tls'> {
    for (;;) {
      const link = this.#newLink();
      try {
        const opened = await link.opened();
        this.#connected = opened === 'open';
        return opened;
      } catch (error) {
        if (link.refused || this.#options.waitForServer === false) throw error;
      }
      await this.#pause();
    }
  }

  /** Everything that is subscribed now is subscribed by it, everything later by {@link #listen}. */
  #newLink(): Link {
    const link = new Link({
      address: this.#address,
      name: this.#options.name,
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
    this.#requests.failAll();
    if (this.#closed.signal.aborted) return;
    this.#tell('down');
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await this.#pause();
      if (this.#closed.signal.aborted) return;
      const link = this.#newLink();
      const opened = await link.opened().catch(() => 'closed');
      if (opened === 'open' && this.#link === link) {
        this.#connected = true;
        this.#tell('up');
        return;
      }
      link.close('not open');
    }
  }

  async #pause(): Promise<void> {
    const { signal } = this.#closed;
    await delay(AGAIN_MS + Math.random() * AGAIN_JITTER_MS, undefined, { signal }).catch(() => undefined);
  }

  #listen(subject: string, handler: (message: Incoming) => void): number {
    const sid = ++this.#sid;
    this.#subscriptions.set(sid, { subject, handler });
    this.#link?.subscribe(sid, subject);
    return sid;
  }

  #send(message: Outgoing): boolean {
    return this.#connected && this.#link?.publish(message) === true;
  }

  #tell(status: BusStatus): void {
    for (const listener of this.#listeners) listener(status);
  }

  /** Rendered once per epoch: a header for every message would cost more than the rest of it. */
  #epochHeader(epoch: number): string {
    if (this.#epoch?.number !== epoch) this.#epoch = { number: epoch, header: oneHeader(EPOCH_HEADER, epoch) };
    return this.#epoch.header;
  }

  /** The library's connection, for what JetStream is asked: whoever gets an answer may go on writing. */
  #openLibrary(): Promise<Bus> {
    if (!this.#connected) return Promise.reject(this.#down());
    if (this.#library === undefined) {
      const opening = connectLibrary({ ...this.#options, name: `${this.#options.name}, log`, waitForServer: false });
      this.#library = opening;
      opening.catch(() => {
        this.#library = undefined;
      });
    }
    return this.#library;
  }

  #down(where = this.#address.shown): AegisError {
    return new AegisError('DEPENDENCY_DOWN', 'the connection to NATS is down', { where });
  }
}

/** Loaded when it is needed: a session of recorded data does without. */
async function connectLibrary(options: BusOptions): Promise<Bus> {
  const { connectBus } = await import('../nats-bus.ts');
  return connectBus(options);
}
