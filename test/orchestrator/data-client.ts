import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface DataClientOptions {
  readonly socketPath: string;
  readonly sessionId: string;
  readonly componentId: string;
  /** Shuts its sending side after the handshake, as one SDK does. */
  readonly halfClose?: boolean;
  /** Says at each handshake how much it has received, as the SDKs of Aegis do. Default true. */
  readonly tellsReceived?: boolean;
  /** Between a lost connection and the next attempt. Default 50. */
  readonly retryMs?: number;
  readonly onBytes?: (total: number) => void;
}

const NEWLINE = 10;

/** A component's data connection, written with the standard library only: keeps whole lines, comes back when it is cut. */
export class DataClient {
  readonly #options: DataClientOptions;
  readonly #lines: Buffer[] = [];
  #partial: Buffer = Buffer.alloc(0);
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #bytes = 0;
  #answered = false;
  /** Answers to handshakes, parsed. */
  readonly answers: unknown[] = [];
  /** Length of the last answer on the wire. */
  answerBytes = 0;
  /** Between the answer and the first row, ms; undefined before. */
  firstRowAfterMs: number | undefined;
  #answeredAt = 0;
  connections = 0;
  /** Bytes of whole lines received before each connection. */
  readonly starts: number[] = [];

  constructor(options: DataClientOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Bytes of whole lines. */
  get bytes(): number {
    return this.#bytes;
  }

  get text(): Buffer {
    return Buffer.concat(this.#lines);
  }

  /** Stops and starts reading; what is in the kernel stays there. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Breaks the connection; it comes back after the retry time. */
  cut(): void {
    this.#socket?.destroy();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  #connect(): void {
    const { socketPath, sessionId, componentId, halfClose = false, retryMs = 50, tellsReceived = true } = this.#options;
    this.#partial = Buffer.alloc(0);
    this.#answered = false;
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    this.#socket = socket;
    socket.once('connect', () => {
      const received = tellsReceived ? { received: this.#bytes } : {};
      const handshake = `${JSON.stringify({ component_id: componentId, session_token: sessionId, ...received })}\n`;
      if (halfClose) socket.end(handshake);
      else socket.write(handshake);
    });
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.#connect(), retryMs);
    });
  }

  #onData(chunk: Buffer): void {
    let rest: Buffer = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = Buffer.alloc(0);
    if (!this.#answered) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) {
        this.#partial = rest;
        return;
      }
      this.#answered = true;
      this.#answeredAt = performance.now();
      this.connections += 1;
      this.starts.push(this.#bytes);
      this.answerBytes = end + 1;
      this.answers.push(JSON.parse(rest.toString('utf8', 0, end)));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) this.firstRowAfterMs ??= performance.now() - this.#answeredAt;
    const whole = rest.lastIndexOf(NEWLINE) + 1;
    this.#partial = rest.subarray(whole);
    if (whole === 0) return;
    this.#lines.push(rest.subarray(0, whole));
    this.#bytes += whole;
    this.#options.onBytes?.(this.#bytes);
  }
}

/** The stream hash as docs/stream.md defines it, written without the project's code. */
export function streamHash(bytes: Buffer): string {
  let chain = Buffer.alloc(32);
  for (let start = 0; start < bytes.length; start += 1 << 20) {
    const piece = createHash('sha256')
      .update(bytes.subarray(start, start + (1 << 20)))
      .digest();
    chain = createHash('sha256')
      .update(Buffer.concat([chain, piece]))
      .digest();
  }
  return chain.toString('hex');
}
