import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { descriptorOf } from './socket-write.ts';

const CHUNK = Buffer.allocUnsafe(64 * 1024);
/** More than a Unix socket holds: a peer that keeps on writing must not keep us here. */
const MAX_CHUNKS = 16;

/**
 * Reads at once what has come over a connection and was not read yet: whoever has closed it may have left
 * acknowledgements, and they count. Chunks are valid until the callback returns.
 */
export function readPending(socket: Socket, onChunk: (chunk: Buffer) => void): void {
  const fd = descriptorOf(socket);
  if (fd === undefined) return;
  try {
    for (let count = 0; count < MAX_CHUNKS; count++) {
      const length = readSync(fd, CHUNK, 0, CHUNK.length, null);
      if (length === 0) return;
      onChunk(CHUNK.subarray(0, length));
    }
  } catch {
    // Nothing more there now, or the peer has reset the connection.
  }
}

/**
 * Calls `last` while the descriptor is still open, whatever closes the socket: a write that fails because the peer has
 * died would otherwise throw away what it had sent before.
 */
export function beforeClose(socket: Socket, last: () => void): void {
  const destroy = socket._destroy.bind(socket);
  socket._destroy = (error, done) => {
    last();
    destroy(error, done);
  };
}
