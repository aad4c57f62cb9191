import { BytePieces } from './byte-pieces.ts';
import type { FrameDecoder } from './codec.ts';
import type { Inbound } from './inbound.ts';
import { readInbound } from './read-inbound.ts';

const NEWLINE = 10;

/** Splits a byte stream at newlines and reads each line as a message. Empty lines are ignored. */
export class JsonLineDecoder implements FrameDecoder {
  readonly #maxBytes: number;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  /** The part of a line whose newline has not come yet. */
  #pending = new BytePieces();
  #overlong = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): readonly Inbound[] {
    const inbound: Inbound[] = [];
    let start = 0;
    while (!this.#overlong) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end === -1 ? chunk.length : end);
      if (this.#pending.length + piece.length > this.#maxBytes) {
        inbound.push(this.#refuseOverlong());
        break;
      }
      this.#pending.push(piece);
      if (end === -1) break;
      const message = this.#finishLine();
      if (message !== undefined) inbound.push(message);
      start = end + 1;
    }
    return inbound;
  }

  #finishLine(): Inbound | undefined {
    const bytes = this.#pending.take(this.#pending.length);
    try {
      const line = this.#utf8.decode(bytes).trim();
      return line === '' ? undefined : readInbound(JSON.parse(line));
    } catch {
      return {
        type: 'problem',
        problem: { code: 'DECODE_ERROR', message: 'the line is not JSON in UTF-8', correlationId: null },
      };
    }
  }

  #refuseOverlong(): Inbound {
    this.#overlong = true;
    this.#pending = new BytePieces();
    const message = `a line is longer than ${this.#maxBytes} bytes`;
    return { type: 'problem', problem: { code: 'LIMIT_EXCEEDED', message, correlationId: null } };
  }
}
