import { EPOCH_HEADER } from '../../model/wire/subjects.ts';
import type { Bus, BusMessage, BusStatus, PublishOptions, Subscription } from '../bus.ts';
import type { BusLog } from '../log.ts';
import { type NatsAddress, parseNatsUrl } from '../nats-address.ts';
import type { BusOptions } from '../nats-bus.ts';
import { oneHeader } from './header.ts';
import { HotLog } from './hot-log.ts';
import { HotMessage } from './hot-message.ts';
import { LastingLink } from './lasting-link.ts';
import { Requests } from './requests.ts';

/**
 * Connects as `connectBus` does, with a client of our own in place of the library: for the two connections that carry every
 * row. See docs/decisions/hot-connections.md. A server that encrypts gets the library's connection.
 */
export async function connectHotBus(options: BusOptions): Promise<Bus> {
  const address = parseNatsUrl(options.url);
  if (address.tls) return connectLibrary(options);
  const bus = new HotBus(options, address);
  let opened: 'open' | 'tls' | undefined;
  try {
    opened = await bus.open();
  } finally {
    if (opened !== 'open') await bus.close();
  }
  return opened === 'open' ? bus : connectLibrary(options);
}

class HotBus implements Bus {
  readonly #options: BusOptions;
  readonly #link: LastingLink;
  readonly #requests = new Requests();
  readonly #listeners: ((status: BusStatus) => void)[] = [];
  #epoch: { readonly number: number; readonly header: string } | undefined;
  #library: Promise<Bus> | undefined;
  #closed = false;

  constructor(options: BusOptions, address: NatsAddress) {
    const { name, waitForServer = true } = options;
    this.#options = options;
    this.#link = new LastingLink({ address, name, waitForServer, onStatus: (status) => this.#onStatus(status) });
    this.#link.listen(this.#requests.inbox, (message) => this.#requests.onAnswer(message));
  }

  /** Before anything else; see {@link LastingLink.open}. */
  open(): Promise<'open' | 'tls'> {
    return this.#link.open();
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  publish(subject: string, payload: Uint8Array, { epoch }: PublishOptions = {}): boolean {
    return this.#link.send({ subject, payload, header: epoch === undefined ? '' : this.#epochHeader(epoch) });
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    const respond = (reply: string, payload: Uint8Array): void => void this.publish(reply, payload);
    return this.#link.listen(subject, (message) => handler(new HotMessage(message, respond)));
  }

  async request(
    subject: string,
    payload: Uint8Array,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    const reply = this.#requests.reply();
    if (!this.#link.send({ subject, payload, reply })) throw this.#link.down(subject);
    return this.#requests.answer(reply, { subject, timeoutMs });
  }

  log(sessionId: string): BusLog {
    return new HotLog({
      sessionId,
      send: (message) => this.#link.send(message),
      library: () => this.#openLibrary(),
    });
  }

  async flush(): Promise<void> {
    await this.#link.flush();
  }

  onStatus(listener: (status: BusStatus) => void): void {
    this.#listeners.push(listener);
  }

  async close(limitMs = 2_000): Promise<void> {
    this.#closed = true;
    const library = this.#library?.then((bus) => bus.close(limitMs)).catch(() => undefined);
    await Promise.all([this.#link.close(limitMs), library]);
  }

  #onStatus(status: BusStatus): void {
    if (status === 'down') this.#requests.failAll();
    if (this.#closed) return;
    for (const listener of this.#listeners) listener(status);
  }

  /** Rendered once per epoch: a header for every message would cost more than the rest of it. */
  #epochHeader(epoch: number): string {
    if (this.#epoch?.number !== epoch) this.#epoch = { number: epoch, header: oneHeader(EPOCH_HEADER, epoch) };
    return this.#epoch.header;
  }

  /** The library's connection, for what JetStream is asked: whoever gets an answer may go on writing. */
  #openLibrary(): Promise<Bus> {
    if (!this.#link.connected) return Promise.reject(this.#link.down());
    if (this.#library === undefined) {
      const opening = connectLibrary({ ...this.#options, name: `${this.#options.name}, log`, waitForServer: false });
      this.#library = opening;
      opening.catch(() => {
        this.#library = undefined;
      });
    }
    return this.#library;
  }
}

/** Loaded when it is needed: a session of recorded data does without. */
async function connectLibrary(options: BusOptions): Promise<Bus> {
  const { connectBus } = await import('../nats-bus.ts');
  return connectBus(options);
}
