import type { Codec } from './codec.ts';
import { JsonLineDecoder } from './json-line-decoder.ts';
import { padLine } from './padding.ts';

/** Newline-delimited JSON: the dialect of the existing SDKs. */
export const jsonCodec: Codec = {
  createDecoder: ({ maxFrameBytes }) => new JsonLineDecoder(maxFrameBytes),
  encode: (message) => padLine(JSON.stringify(message)),
};
