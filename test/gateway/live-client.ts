import { connect, type Socket } from 'node:net';

export type HandshakeFields = object | (() => object);

export interface LiveClientOptions {
  readonly socketPath: string;
  readonly sessionId: string;
  readonly componentId: string;
  /** More fields of the handshake, made anew for each one. `received: true`: it says how much it has received. */
  readonly fields: HandshakeFields;
}

const STATUS = '{"status":';
const RETRY_MS = 30;

/** A component's data connection as anybody would write it: a Unix socket and lines. Comes back when it is cut. */
export class LiveClient {
  /** Whole lines of rows, with their line ends. */
  readonly rows: string[] = [];
  /** Lines between them, parsed. */
  readonly notices: {
    readonly status: string;
    readonly from?: number;
    readonly to?: number;
    readonly rows?: number;
  }[] = [];
  readonly answers: { readonly status: string; readonly message?: string; readonly from?: number }[] = [];
  /** When the last row came, ms of the monotonic clock. */
  lastAt = 0;
  /** The longest time between two rows. */
  longestPauseMs = 0;
  readonly #options: LiveClientOptions;
  #bytes = 0;
  #partial = '';
  #answered = false;
  #stopped = false;
  #paused = false;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    this.#connect(options.fields);
  }

  get text(): string {
    return this.rows.join('');
  }

  pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket?.resume();
  }

  /** Breaks the connection; it comes back, with other fields if they are given. */
  cut(fields: HandshakeFields = this.#options.fields): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    this.#again(fields);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }

  write(text: string): void {
    this.#socket?.write(text);
  }

  #again(fields: HandshakeFields): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(fields), RETRY_MS);
  }

  #connect(fields: HandshakeFields): void {
    const { socketPath, sessionId, componentId } = this.#options;
    this.#partial = '';
    this.#answered = false;
    const socket = connect(socketPath);
    this.#socket = socket;
    // Not before it is connected: rows of the connection before may still be on their way to be counted.
    socket.once('connect', () => {
      const more = typeof fields === 'function' ? fields() : fields;
      const counts = 'received' in more ? { received: this.#bytes } : {};
      socket.write(`${JSON.stringify({ component_id: componentId, session_token: sessionId, ...more, ...counts })}\n`);
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      if (socket === this.#socket) this.#onText(text);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (!this.#stopped && socket === this.#socket) this.#again(fields);
    });
    if (this.#paused) socket.pause();
  }

  #onText(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
  }

  #onLine(line: string): void {
    if (!this.#answered) {
      this.#answered = true;
      this.answers.push(JSON.parse(line));
    } else if (line.startsWith(STATUS)) this.notices.push(JSON.parse(line));
    else {
      const now = performance.now();
      if (this.lastAt > 0) this.longestPauseMs = Math.max(this.longestPauseMs, now - this.lastAt);
      this.lastAt = now;
      this.rows.push(`${line}\n`);
      this.#bytes += Buffer.byteLength(line) + 1;
    }
  }
}
