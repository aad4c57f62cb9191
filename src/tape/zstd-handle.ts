import type { ZstdCompress, ZstdDecompress } from 'node:zlib';

/** What the synchronous functions of node:zlib drive themselves; no public part of it. */
interface Handle {
  writeSync(
    flush: number,
    from: Uint8Array,
    fromAt: number,
    fromBytes: number,
    into: Uint8Array,
    intoAt: number,
    intoBytes: number,
  ): void;
}

/** A compressor or decompressor that is used again, frame after frame. */
export interface ZstdHandle {
  readonly handle: Handle;
  /** After a write: bytes of room, and bytes of input, that are left. */
  readonly left: Uint32Array;
}

/** Undefined when this version of node:zlib is not what is known here. */
export function handleOf(stream: ZstdCompress | ZstdDecompress): ZstdHandle | undefined {
  stream.on('error', () => undefined);
  const handle: unknown = Reflect.get(stream, '_handle');
  const left: unknown = Reflect.get(stream, '_writeState');
  return isHandle(handle) && left instanceof Uint32Array && left.length === 2 ? { handle, left } : undefined;
}

function isHandle(value: unknown): value is Handle {
  if (typeof value !== 'object' || value === null || !('writeSync' in value)) return false;
  return typeof value.writeSync === 'function';
}
