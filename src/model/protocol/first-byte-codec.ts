import { binaryCodec } from './binary-codec.ts';
import { FRAME_MARK } from './binary-frame-decoder.ts';
import type { Codec, FrameDecoder } from './codec.ts';
import { jsonCodec } from './json-codec.ts';
import type { OutgoingMessage } from './outgoing.ts';

/** The codec of one connection: its first byte says which dialect the component speaks, for as long as it lives. */
export class FirstByteCodec implements Codec {
  /** Who has said nothing yet is answered in JSON. */
  #codec: Codec | undefined;

  createDecoder(options: { readonly maxFrameBytes: number }): FrameDecoder {
    let decoder: FrameDecoder | undefined;
    return {
      push: (chunk) => {
        const [first] = chunk;
        if (first === undefined) return [];
        this.#codec ??= first === FRAME_MARK ? binaryCodec : jsonCodec;
        decoder ??= this.#codec.createDecoder(options);
        return decoder.push(chunk);
      },
    };
  }

  encode(message: OutgoingMessage): Uint8Array {
    return (this.#codec ?? jsonCodec).encode(message);
  }
}
