import { type ConnectionOptions, connect, headers, type Msg, type NatsConnection } from 'nats';
import { AegisError, messageOf } from '../model/errors.ts';
import type { LogPosition } from '../model/wire/live-log.ts';
import { EPOCH_HEADER } from '../model/wire/subjects.ts';
import type { Bus, BusMessage, BusStatus, PublishOptions, Subscription } from './bus.ts';
import type { BusLog } from './log.ts';
import { type NatsAddress, parseNatsUrl } from './nats-address.ts';
import { NatsLog } from './nats-log.ts';
import { positionIn } from './nats-log-header.ts';

export interface BusOptions {
  /** `nats://127.0.0.1:4222` */
  readonly url: string;
  /** Shown by the server's monitor. */
  readonly name: string;
  /** False: fail at once when the server is not there. Default true: wait for it. */
  readonly waitForServer?: boolean;
}

/** Connects and stays connected: a connection that is lost is sought again without end. */
export async function connectBus({ url, name, waitForServer = true }: BusOptions): Promise<Bus> {
  const address = parseNatsUrl(url);
  try {
    const connection = await connect({
      ...libraryOptions(address),
      name,
      waitOnFirstConnect: waitForServer,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 100,
      pingInterval: 5_000,
      maxPingOut: 2,
      noEcho: true,
      noAsyncTraces: true,
    });
    return new NatsBus(connection);
  } catch (error) {
    throw new AegisError('DEPENDENCY_DOWN', `NATS does not answer: ${messageOf(error)}`, {
      where: address.shown,
      cause: error,
    });
  }
}

function libraryOptions({ host, port, tls, credentials }: NatsAddress): ConnectionOptions {
  const servers = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const secure = tls ? { tls: {} } : {};
  if ('auth_token' in credentials) return { servers, ...secure, token: credentials.auth_token };
  return { servers, ...secure, ...credentials };
}

class NatsBus implements Bus {
  readonly #connection: NatsConnection;
  readonly #listeners: ((status: BusStatus) => void)[] = [];
  #connected = true;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    void this.#watch();
  }

  get connected(): boolean {
    return this.#connected;
  }

  publish(subject: string, payload: Uint8Array, { epoch }: PublishOptions = {}): boolean {
    // The library would keep the message and send it after the reconnect, when nobody waits for it any more.
    if (!this.#connected || this.#connection.isClosed()) return false;
    if (epoch === undefined) {
      this.#connection.publish(subject, payload);
      return true;
    }
    const header = headers();
    header.set(EPOCH_HEADER, String(epoch));
    this.#connection.publish(subject, payload, { headers: header });
    return true;
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) handler(new NatsMessage(message));
      },
    });
    return { close: () => subscription.unsubscribe() };
  }

  async request(subject: string, payload: Uint8Array, options: { readonly timeoutMs: number }): Promise<Uint8Array> {
    if (!this.#connected) throw new AegisError('DEPENDENCY_DOWN', 'the connection to NATS is down', { where: subject });
    try {
      const answer = await this.#connection.request(subject, payload, { timeout: options.timeoutMs });
      return answer.data;
    } catch (error) {
      throw new AegisError('TIMEOUT', `no answer over NATS: ${messageOf(error)}`, { where: subject, cause: error });
    }
  }

  log(sessionId: string): BusLog {
    const connection = this.#connection;
    return new NatsLog({ connection, sessionId, isUp: () => this.#connected && !connection.isClosed() });
  }

  async flush(): Promise<void> {
    try {
      await this.#connection.flush();
    } catch (error) {
      throw new AegisError('DEPENDENCY_DOWN', `NATS: ${messageOf(error)}`, { cause: error });
    }
  }

  onStatus(listener: (status: BusStatus) => void): void {
    this.#listeners.push(listener);
  }

  async close(limitMs = 2_000): Promise<void> {
    if (this.#connection.isClosed()) return;
    // `drain` never ends when the server is gone, or the connection is closed meanwhile.
    const timer = setTimeout(() => void this.#connection.close(), limitMs);
    const closed = this.#connection.closed().then(() => undefined);
    try {
      await (this.#connected ? Promise.race([this.#connection.drain(), closed]) : this.#connection.close());
    } catch {
      await this.#connection.close();
    } finally {
      clearTimeout(timer);
    }
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') this.#turn(false);
      if (status.type === 'reconnect') this.#turn(true);
    }
  }

  #turn(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected ? 'up' : 'down');
  }
}

class NatsMessage implements BusMessage {
  readonly #message: Msg;

  constructor(message: Msg) {
    this.#message = message;
  }

  get subject(): string {
    return this.#message.subject;
  }

  get payload(): Uint8Array {
    return this.#message.data;
  }

  get epoch(): number | undefined {
    const text = this.#message.headers?.get(EPOCH_HEADER);
    if (text === undefined || text === '') return undefined;
    const epoch = Number(text);
    return Number.isSafeInteger(epoch) ? epoch : undefined;
  }

  get at(): LogPosition | undefined {
    return positionIn(this.#message);
  }

  respond(payload: Uint8Array): void {
    this.#message.respond(payload);
  }

  /** Of the library every message has memory of its own. */
  release(): void {}
}
