import { WebSocket } from 'ws';
import type { ConnectionEnd, ConnectionPort } from './connection-port.ts';
import { isShutdown, kindOfFrame, streamOfFrame } from './frame-stream.ts';
import { Liveness } from './liveness.ts';
import { RateWindow } from './rate-window.ts';
import { Requests } from './requests.ts';
import type { SocketLimits, SocketTimings } from './socket-settings.ts';
import { wallClock } from './wall-clock.ts';

export interface ConnectionOptions {
  readonly number: number;
  readonly url: string;
  readonly limits: SocketLimits;
  readonly timings: SocketTimings;
  readonly port: ConnectionPort;
}

/** A bit more than a second: messages may arrive closer together than they were sent. */
const PACE_WINDOW_MS = 1_100;

/** One WebSocket to the exchange, from the handshake to its end. It never comes back: there is a new one in its place. */
export class Connection {
  readonly number: number;
  readonly requests: Requests;
  /** ms of the monotonic clock, as all times here. */
  readonly startedAt = performance.now();
  readonly closed: Promise<void>;
  readonly #options: ConnectionOptions;
  readonly #socket: WebSocket;
  readonly #pace: RateWindow;
  /** Aborted when it has ended, for whatever reason. */
  readonly #over = new AbortController();
  #forsaken = false;
  #end: ConnectionEnd | undefined;
  #liveness: Liveness | undefined;
  #openedAt: number | undefined;

  constructor(options: ConnectionOptions) {
    const { number, url, limits, timings, port } = options;
    this.number = number;
    this.#options = options;
    this.#pace = new RateWindow({ limit: limits.messagesPerSecond, windowMs: PACE_WINDOW_MS });
    this.requests = new Requests({
      pace: this.#pace,
      namesPerMessage: limits.namesPerMessage,
      replyMs: timings.replyMs,
      send: (text) => this.#socket.send(text, ignore),
      done: (method, streams) => port.done(this, method, streams),
      failed: (method, streams, problem) => port.failed(this, method, streams, problem),
    });
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: timings.handshakeMs,
      maxPayload: limits.maxPayload,
    });
    this.closed = new Promise((resolve) => this.#over.signal.addEventListener('abort', () => resolve()));
    this.#listen();
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined && !this.#over.signal.aborted;
  }

  get wasOpen(): boolean {
    return this.#openedAt !== undefined;
  }

  /** ms since it was opened; 0: not yet. */
  age(now: number): number {
    return this.#openedAt === undefined ? 0 : now - this.#openedAt;
  }

  /** When anything came last; undefined: it is not open. */
  get lastHeard(): number | undefined {
    return this.#liveness?.lastHeard;
  }

  /** Ends it from here: its port hears nothing of it any more. */
  close(): Promise<void> {
    this.#forsaken = true;
    this.#socket.terminate();
    return this.closed;
  }

  tick(now: number): void {
    if (!this.isOpen || this.#liveness === undefined) return;
    const vital = this.#liveness.check(now);
    if (vital === 'dead') {
      this.#abandon({ reason: `half-open: nothing came for ${Math.round(now - this.#liveness.lastHeard)} ms` });
      return;
    }
    if (vital === 'probe') this.probe(now);
    this.requests.pump(now);
  }

  /** Asks for a sign of life, unless one is asked for already. */
  probe(now: number): void {
    if (!this.isOpen || this.#liveness?.isWaiting !== false || !this.#pace.take(now, 1)) return;
    this.#liveness.probed(now);
    this.#socket.ping(undefined, undefined, ignore);
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('open', () => this.#opened(performance.now()));
    socket.on('message', (data) => Buffer.isBuffer(data) && this.#received(data));
    socket.on('ping', () => {
      // ws has answered it: the PONG counts against the pace.
      this.#pace.force(performance.now());
      this.#liveness?.heard(performance.now());
    });
    socket.on('pong', () => this.#liveness?.pong(performance.now()));
    socket.on('unexpected-response', (_request, { statusCode: status = 0, statusMessage, headers }) => {
      const retryAfterMs = Number(headers['retry-after'] ?? Number.NaN) * 1_000;
      const reason = `the exchange answers ${status} ${statusMessage ?? ''}`.trimEnd();
      this.#abandon({ reason, status, ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}) });
    });
    socket.on('error', (error) => {
      this.#end ??= { reason: error.message || error.name };
    });
    socket.on('close', (code, text) => this.#closed(code, text.toString()));
  }

  #opened(now: number): void {
    if (this.#forsaken) return;
    this.#openedAt = now;
    this.#liveness = new Liveness(this.#options.timings, now);
    this.#options.port.opened(this);
    this.tick(now);
  }

  #received(text: Buffer): void {
    const { port, number } = this.#options;
    if (this.#forsaken || this.#end !== undefined) return;
    const receivedAtMs = wallClock();
    this.#liveness?.heard(performance.now());
    let stream = streamOfFrame(text);
    if (stream === undefined || isShutdown(stream)) {
      const kind = kindOfFrame(text);
      if (kind.type === 'reply') this.requests.answered(kind.id, kind.error);
      if (kind.type === 'shutdown') port.shutdown(this);
      stream = kind.type === 'data' ? kind.stream : undefined;
    }
    port.frame(this, { text, receivedAtMs, connection: number, stream });
  }

  #abandon(end: ConnectionEnd): void {
    this.#end ??= end;
    this.#socket.terminate();
  }

  #closed(code: number, text: string): void {
    this.#over.abort();
    if (this.#forsaken) return;
    this.#options.port.ended(this, this.#end ?? { reason: `closed by the exchange (${`${code} ${text}`.trimEnd()})` });
  }
}

function ignore(): void {
  // A send that fails is followed by the end of the connection.
}
