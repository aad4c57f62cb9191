import type { Socket } from 'node:net';
import type { ControlLimits } from './limits.ts';

export interface OutboxOptions {
  readonly socket: Socket;
  readonly limits: Pick<ControlLimits, 'gapMs' | 'writeMs' | 'closeMs' | 'maxUnsentBytes'>;
  /** The component does not take what it is sent: the connection is of no use any more. */
  readonly onStuck: (reason: string) => void;
}

/**
 * Writes lines with a gap between them, unless the component has sent something in between: messages that a client
 * reads in one piece are lost to SDKs that make a new decoder per message.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #lastWrite = Number.NEGATIVE_INFINITY;
  #gapTimer: NodeJS.Timeout | undefined;
  #writeTimer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  send(line: Uint8Array): void {
    if (this.#ending) return;
    const { socket, limits } = this.#options;
    this.#queue.push(line);
    this.#queuedBytes += line.length;
    if (this.#queuedBytes + socket.writableLength > limits.maxUnsentBytes) {
      this.#options.onStuck(`more than ${limits.maxUnsentBytes} bytes wait for the component`);
      return;
    }
    this.#pump();
  }

  /** The component has sent something: what is waiting may go at once. */
  answered(): void {
    this.#lastWrite = Number.NEGATIVE_INFINITY;
    this.#pump();
  }

  /** Writes what is waiting, ends the connection, and destroys it when the other side does not end it in time. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    const { socket, limits } = this.#options;
    const timer = setTimeout(() => socket.destroy(), limits.closeMs);
    socket.once('close', () => clearTimeout(timer));
    this.#pump();
  }

  discard(): void {
    clearTimeout(this.#gapTimer);
    clearTimeout(this.#writeTimer);
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#ending = true;
  }

  #pump(): void {
    clearTimeout(this.#gapTimer);
    while (this.#queue.length > 0) {
      const wait = this.#lastWrite + this.#options.limits.gapMs - performance.now();
      if (wait > 0) {
        this.#gapTimer = setTimeout(() => this.#pump(), Math.ceil(wait));
        return;
      }
      const line = this.#queue.shift();
      if (line === undefined) return;
      this.#queuedBytes -= line.length;
      this.#write(line);
    }
    if (this.#ending) this.#options.socket.end();
  }

  #write(line: Uint8Array): void {
    const { socket, limits, onStuck } = this.#options;
    this.#lastWrite = performance.now();
    if (!socket.writable) return;
    this.#writeTimer ??= setTimeout(() => onStuck(`nothing was read for ${limits.writeMs} ms`), limits.writeMs);
    socket.write(line, () => {
      if (socket.writableLength > 0) return;
      clearTimeout(this.#writeTimer);
      this.#writeTimer = undefined;
    });
  }
}
