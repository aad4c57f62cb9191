import type { Socket } from 'node:net';
import type { HandshakeBudget } from './handshake.ts';

/** Connections that have not made their handshake. When there are more, the oldest goes. */
const MAX_PENDING = 128;
/** What all of them together may have sent of it. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Connections on their way to a handshake: whoever opens thousands of them, or sends megabytes without a line end,
 * loses its own and uses up neither the descriptors nor the memory of the others.
 */
export class PendingSockets implements HandshakeBudget {
  readonly #sockets = new Set<Socket>();
  #bytes = 0;

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#sockets.size <= MAX_PENDING) return;
    const [oldest] = this.#sockets;
    if (oldest === undefined) return;
    this.#sockets.delete(oldest);
    oldest.destroy();
  }

  settle(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  grow(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= MAX_BYTES;
  }
}
