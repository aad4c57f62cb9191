import { connect, type Socket } from 'node:net';
import { AegisError, messageOf } from '../../model/errors.ts';
import type { NatsAddress } from '../nats-address.ts';
import { connectLine, parseInfo, type ServerInfo } from './greeting.ts';
import { Outbox } from './outbox.ts';
import { type Incoming, Parser } from './parser.ts';
import { Pings } from './pings.ts';

export interface LinkOptions {
  readonly address: NatsAddress;
  /** Shown by the server's monitor. */
  readonly name: string;
  /** Runs inside the socket read. */
  readonly onMessage: (message: Incoming) => void;
  /** Told once, also when it was never open. */
  readonly onClosed: (reason: string) => void;
}

/** A message to publish. */
export interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reply?: string;
  /** `NATS/1.0…` with its empty line at the end; ASCII. */
  readonly header?: string;
  /** It may leave a little later, together with others. */
  readonly mayWait?: boolean;
}

const GREET_WITHIN_MS = 5_000;
/** More than a session has in flight: only a server that has stopped reading lets it come to that. */
const MAX_UNSENT_BYTES = 64 << 20;
/** What may wait leaves within a time, or when there is so much of it: each write wakes the server. */
const WAIT_MS = 2;
const WAIT_BYTES = 64 << 10;

/**
 * One connection to a NATS server, from its beginning to its end. What is published in one turn of the event loop leaves
 * with one write, and with it what could wait; so do the subscriptions that are made before it is open.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #socket: Socket;
  readonly #parser: Parser;
  readonly #outbox = new Outbox();
  readonly #pings = new Pings({
    send: () => this.#write('PING\r\n'),
    onSilent: () => this.close('the server does not answer any more'),
  });
  readonly #greeted: NodeJS.Timeout;
  #info: ServerInfo | undefined;
  #flushing = false;
  #later: NodeJS.Timeout | undefined;
  #closed: string | undefined;
  /** The server's last objection. */
  #objection: string | undefined;

  constructor(options: LinkOptions) {
    const { host, port, credentials } = options.address;
    this.#options = options;
    this.#parser = new Parser({
      message: options.onMessage,
      info: (text) => this.#onInfo(text),
      ping: () => this.#write('PONG\r\n'),
      pong: () => this.#pings.onPong(),
      error: (text) => {
        this.#objection = text;
      },
      broken: (what) => this.close(`the server does not speak NATS: ${what}`),
    });
    const onread = { buffer: () => this.#parser.room, callback: (bytes: number) => this.#onRead(bytes) };
    this.#socket = connect({ host, port, noDelay: true, onread });
    this.#socket.on('error', (error) => this.close(this.#objection ?? messageOf(error)));
    this.#socket.on('close', () => this.close(this.#objection ?? 'the server has closed the connection'));
    this.#greeted = setTimeout(() => this.close(`no answer within ${GREET_WITHIN_MS} ms`), GREET_WITHIN_MS);
    this.#outbox.text(connectLine(options.name, credentials));
  }

  /**
   * Resolves when the server has accepted the connection and every subscription made so far: `tls` when it encrypts, which
   * this connection cannot. Throws DEPENDENCY_DOWN when it does not accept it.
   */
  async opened(): Promise<'open' | 'tls'> {
    await this.ping();
    clearTimeout(this.#greeted);
    // Nothing was sent and so nothing answered: it is the greeting that has ended the wait.
    if (this.#info?.tls === true) return 'tls';
    if (this.#closed !== undefined) throw this.#error(this.#closed);
    this.#pings.watch();
    return 'open';
  }

  /** False: more is unsent than can be, the message is dropped. Throws STREAM_FAILED when the server would refuse it. */
  publish({ subject, payload, reply, header = '', mayWait = false }: Outgoing): boolean {
    const bytes = header.length + payload.length;
    const { maxPayload = Infinity } = this.#info ?? {};
    if (bytes > maxPayload) throw tooLarge(subject, bytes, maxPayload);
    checkSubject(subject);
    if (this.#outbox.bytes + this.#socket.writableLength > MAX_UNSENT_BYTES) return false;
    const to = reply === undefined ? subject : `${subject} ${reply}`;
    this.#outbox.text(header === '' ? `PUB ${to} ${bytes}\r\n` : `HPUB ${to} ${header.length} ${bytes}\r\n${header}`);
    this.#outbox.part(payload);
    this.#outbox.text('\r\n');
    if (mayWait && this.#outbox.bytes < WAIT_BYTES) this.#later ??= setTimeout(() => this.#flush(), WAIT_MS);
    else this.#flushSoon();
    return true;
  }

  /** `subject` has been checked. */
  subscribe(sid: number, subject: string): void {
    this.#write(`SUB ${subject} ${sid}\r\n`);
  }

  unsubscribe(sid: number): void {
    this.#write(`UNSUB ${sid}\r\n`);
  }

  /** Resolves when the server has everything sent before. Throws DEPENDENCY_DOWN when the connection ends before. */
  async ping(): Promise<void> {
    if (this.#closed !== undefined) throw this.#error(this.#closed);
    await this.#pings.ping();
  }

  /** The server does not let this client in, and will not next time. */
  get refused(): boolean {
    return this.#objection !== undefined && /auth/i.test(this.#objection);
  }

  /** Ends it at once, with everything that is not sent yet. */
  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    clearTimeout(this.#greeted);
    clearTimeout(this.#later);
    this.#parser.stop();
    this.#socket.destroy();
    this.#pings.failAll(this.#error(reason));
    this.#options.onClosed(reason);
  }

  #write(text: string): void {
    this.#outbox.text(text);
    this.#flushSoon();
  }

  /** Before that nothing is sent: the server may want to encrypt, and CONNECT has a password. */
  get #greets(): boolean {
    return this.#info?.tls === false;
  }

  #flushSoon(): void {
    if (this.#flushing || !this.#greets) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    clearTimeout(this.#later);
    this.#later = undefined;
    if (this.#closed !== undefined || !this.#greets) return;
    this.#socket.cork();
    for (const piece of this.#outbox.take()) this.#socket.write(piece);
    this.#socket.uncork();
  }

  #onRead(bytes: number): boolean {
    this.#parser.take(bytes);
    return true;
  }

  #onInfo(text: string): void {
    this.#info = parseInfo(text);
    if (this.#info === undefined) this.close('the server is no NATS server with headers');
    if (this.#info?.tls === true) this.#pings.onPong();
    this.#flushSoon();
  }

  #error(reason: string): AegisError {
    return new AegisError('DEPENDENCY_DOWN', `NATS does not answer: ${reason}`, { where: this.#options.address.shown });
  }
}

/** Throws INTERNAL when it would end a field or a line of the protocol. */
export function checkSubject(subject: string): void {
  if (!/[^\x21-\x7e]/.test(subject)) return;
  throw new AegisError('INTERNAL', `"${subject}" is no NATS subject`);
}

function tooLarge(subject: string, bytes: number, maxPayload: number): AegisError {
  return new AegisError('STREAM_FAILED', `a message of ${bytes} bytes: NATS takes ${maxPayload} at most`, {
    where: subject,
    remedy: 'Raise max_payload in the configuration of the nats-server.',
  });
}
