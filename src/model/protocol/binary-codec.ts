import { writeEnvelope } from './binary-envelope.ts';
import { BinaryFrameDecoder, FRAME_MARK, HEADER_BYTES } from './binary-frame-decoder.ts';
import type { Codec } from './codec.ts';

/** Length-prefixed Protocol Buffers messages, proto/aegis/component/v1/component.proto. */
export const binaryCodec: Codec = {
  createDecoder: ({ maxFrameBytes }) => new BinaryFrameDecoder(maxFrameBytes),
  encode: (message) => frame(writeEnvelope(message)),
};

/** Puts the header before an encoded Envelope. */
export function frame(envelope: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(FRAME_MARK, 0);
  header.writeUInt32BE(envelope.length, 1);
  return Buffer.concat([header, envelope]);
}
