import { createServer, type Server, type Socket } from 'node:net';
import { type Handshake, readHandshake, refusal } from './handshake.ts';
import { listenOwnerOnly } from './owner-socket.ts';
import { PendingSockets } from './pending-sockets.ts';

export interface DataSocketOptions {
  readonly path: string;
  readonly sessionId: string;
  /** Default 10 000. */
  readonly handshakeWithinMs?: number;
  /** Takes the connection of a component and the input after its handshake, or says why it is refused. */
  readonly accept: (handshake: Handshake, socket: Socket, rest: Buffer) => string | undefined;
}

/** The data socket of a session: listens, reads handshakes, refuses what is wrong. */
export class DataSocket {
  readonly #options: DataSocketOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #pending = new PendingSockets();

  constructor(options: DataSocketOptions) {
    this.#options = options;
    // With the default Node would close the whole connection of a client that only shuts its sending side.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#onConnection(socket));
  }

  listen(): Promise<void> {
    return listenOwnerOnly(this.#server, this.#options.path);
  }

  /** Ends every connection and removes the socket file. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A failed write ends the connection; `close` follows.
    socket.on('error', () => socket.destroy());
    this.#pending.add(socket);
    readHandshake({
      socket,
      timeoutMs: this.#options.handshakeWithinMs ?? 10_000,
      budget: this.#pending,
      done: (handshake, rest) => {
        this.#pending.settle(socket);
        const problem = typeof handshake === 'string' ? handshake : this.#admit(handshake, socket, rest);
        if (problem !== undefined) refuse(socket, problem);
      },
    });
  }

  #admit(handshake: Handshake, socket: Socket, rest: Buffer): string | undefined {
    if (handshake.sessionToken !== this.#options.sessionId) return 'invalid session_token';
    return this.#options.accept(handshake, socket, rest);
  }
}

const REFUSAL_WITHIN_MS = 1_000;

/** Says why, after what is on its way to the peer, and closes; a peer that does not read is not waited for. */
export function refuse(socket: Socket, message: string): void {
  const timer = setTimeout(() => socket.destroy(), REFUSAL_WITHIN_MS);
  socket.once('close', () => clearTimeout(timer));
  // Not closed at once: a peer that is still writing would lose the message with the error of its write.
  socket.end(refusal(message));
}
