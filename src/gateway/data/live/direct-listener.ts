import { createServer, type Server, type Socket } from 'node:net';
import { type DirectMessage, DirectReader } from '../../../model/wire/direct-message.ts';
import { listenOwnerOnly } from '../owner-socket.ts';

export interface DirectListenerOptions {
  readonly path: string;
  /** False: an orchestrator that is fenced; its connection is closed. */
  readonly onMessage: (message: DirectMessage) => boolean;
  /** Nobody is connected any more: rows come over NATS. */
  readonly onAlone: () => void;
  /** Something that the log should have. */
  readonly onWarning: (text: string) => void;
}

/** Where orchestrators of a realtime run hand over rows without the way over NATS. */
export class DirectListener {
  readonly #options: DirectListenerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: DirectListenerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#onConnection(socket));
  }

  listen(): Promise<void> {
    return listenOwnerOnly(this.#server, this.#options.path);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #onConnection(socket: Socket): void {
    const { onMessage, onAlone, onWarning } = this.#options;
    const reader = new DirectReader();
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) onAlone();
    });
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        reader.read(chunk, (message) => {
          if (!socket.destroyed && !onMessage(message)) socket.destroy();
        });
      } catch (error) {
        onWarning(`the orchestrator's socket: ${error instanceof Error ? error.message : String(error)}`);
        socket.destroy();
      }
    });
  }
}
