import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Outcome of a write that does not wait: bytes the kernel took (0: it has no room), or that the peer is gone. */
export type Written = number | 'gone';

/**
 * Writes to an accepted connection past Node's stream, as much as the kernel takes at once, and says how much that was.
 * A stream only tells when everything was taken: after a kill nobody could know what had gone out, and rows would be
 * missing or come twice. Only to be used while the stream itself has nothing to write.
 */
export function writeNow(socket: Socket, bytes: Uint8Array, from: number, length: number): Written {
  const fd = descriptorOf(socket);
  if (fd === undefined) return 'gone';
  try {
    return writeSync(fd, bytes, from, length);
  } catch (error) {
    return isAgain(error) ? 0 : 'gone';
  }
}

/** True when the peer has closed the connection, not only its sending side: a write of nothing then fails on Linux. */
export function isGone(socket: Socket): boolean {
  return writeNow(socket, NOTHING, 0, 0) === 'gone';
}

const NOTHING = new Uint8Array(0);

/** The handle is no public part of Node, but the only way to the descriptor; it is absent once the socket is closed. */
export function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return undefined;
  const fd: unknown = Reflect.get(handle, 'fd');
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EINTR');
}
