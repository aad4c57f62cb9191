import { frame } from '../../model/protocol/binary-codec.ts';
import { HEADER_BYTES } from '../../model/protocol/binary-frame-decoder.ts';
import { padLine } from '../../model/protocol/padding.ts';
import { isFields } from '../../model/wire/fields.ts';
import type { Dialect } from '../transcript.ts';

/** Field 1000 of an Envelope, a varint, and field 1001, a text: later versions of the schema may have them. */
const UNKNOWN_FIELDS = Buffer.from([0xc0, 0x3e, 0x2a, 0xca, 0x3e, 0x03, 0x6e, 0x65, 0x77]);

/** The same message with fields that no version has yet, and the others in another order. */
export function withUnknownFields(dialect: Dialect, encoded: Uint8Array): Uint8Array {
  if (dialect === 'binary') return frame(Buffer.concat([UNKNOWN_FIELDS, encoded.subarray(HEADER_BYTES)]));
  const message: unknown = JSON.parse(Buffer.from(encoded).toString('utf8'));
  if (!isFields(message)) return encoded;
  const payload = isFields(message.payload) ? { ...message.payload, added_later: [1, { a: null }] } : message.payload;
  const reversed = Object.fromEntries(Object.entries({ ...message, payload }).reverse());
  return padLine(JSON.stringify({ added_later: { text: '{"command":"ACK"}' }, ...reversed }));
}

/** The bytes of a message in three pieces, cut at places where no reader expects an end. */
export function inPieces(encoded: Uint8Array): readonly Uint8Array[] {
  const half = Math.floor(encoded.length / 2);
  return [encoded.subarray(0, 3), encoded.subarray(3, half), encoded.subarray(half)];
}
