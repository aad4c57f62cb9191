import type { Inbound } from './inbound.ts';
import type { OutgoingMessage } from './outgoing.ts';

/** Turns bytes into messages. One per connection; frames may arrive in any pieces. */
export interface FrameDecoder {
  /** The frames that are complete now. After a frame that is too long nothing more is read. */
  push(chunk: Uint8Array): readonly Inbound[];
}

/** A dialect of the protocol: the rules of a conversation are the same in each. */
export interface Codec {
  createDecoder(options: { readonly maxFrameBytes: number }): FrameDecoder;
  encode(message: OutgoingMessage): Uint8Array;
}
