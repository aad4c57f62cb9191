import { readEnvelope } from './binary-envelope.ts';
import { BytePieces } from './byte-pieces.ts';
import type { FrameDecoder } from './codec.ts';
import type { Inbound } from './inbound.ts';
import type { ProtocolErrorCode } from './protocol-error.ts';

/** First byte of each frame. A continuation byte of UTF-8: no text, and so no JSON, begins with it. */
export const FRAME_MARK = 0xae;

/** The mark, then the length of the message: unsigned, four bytes, big-endian. */
export const HEADER_BYTES = 5;

/** Cuts a byte stream into frames and reads each as a message. Nothing is read after a header that is wrong. */
export class BinaryFrameDecoder implements FrameDecoder {
  readonly #maxBytes: number;
  #pieces = new BytePieces();
  /** Bytes of the message whose header was read. */
  #awaited: number | undefined;
  #broken = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): readonly Inbound[] {
    if (this.#broken) return [];
    this.#pieces.push(chunk);
    const inbound: Inbound[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) inbound.push(next);
    return inbound;
  }

  /** The next frame that is complete, or the fault of a header. */
  #next(): Inbound | undefined {
    if (this.#broken) return undefined;
    if (this.#awaited === undefined) {
      const mark = this.#pieces.peek();
      if (mark !== undefined && mark !== FRAME_MARK) {
        return this.#refuse('DECODE_ERROR', `a frame begins with ${hex(mark)} instead of ${hex(FRAME_MARK)}`);
      }
      if (this.#pieces.length < HEADER_BYTES) return undefined;
      this.#awaited = this.#pieces.take(HEADER_BYTES).readUInt32BE(1);
      if (this.#awaited > this.#maxBytes) {
        return this.#refuse('LIMIT_EXCEEDED', `a frame is longer than ${this.#maxBytes} bytes`);
      }
    }
    if (this.#pieces.length < this.#awaited) return undefined;
    const message = this.#pieces.take(this.#awaited);
    this.#awaited = undefined;
    return readEnvelope(message);
  }

  #refuse(code: ProtocolErrorCode, message: string): Inbound {
    this.#broken = true;
    this.#pieces = new BytePieces();
    return { type: 'problem', problem: { code, message, correlationId: null } };
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
