/**
 * Lengths of lines on the control socket, with the newline. They are the sizes to which the buffer of Go's JSON decoder
 * grows: a line that fills one leaves no room for the start of the next, which a client with a new decoder per message
 * would lose. The last continues the series below the 65,536 bytes at which Python's line reader fails.
 */
export const LINE_LENGTHS = [512, 1536, 3584, 7680, 15_872, 32_256, 65_024] as const;

export const MAX_LINE_BYTES = 65_024;

/** The line with blanks before its newline, filled up to the next of {@link LINE_LENGTHS}. */
export function padLine(json: string): Uint8Array {
  const bytes = Buffer.byteLength(json) + 1;
  const length = LINE_LENGTHS.find((candidate) => candidate >= bytes);
  if (length === undefined) {
    throw new RangeError(`a line of ${bytes} bytes does not fit the control socket: at most ${MAX_LINE_BYTES}`);
  }
  return Buffer.from(`${json}${' '.repeat(length - bytes)}\n`);
}

/** Room that a CONFIGURE leaves for its envelope, ids and the path of the data socket. */
const ENVELOPE_BYTES = 1_024;

/** Whether a CONFIGURE with these contents can be sent. */
export function configureFits(topics: readonly string[], config: Readonly<Record<string, unknown>>): boolean {
  return Buffer.byteLength(JSON.stringify({ topics, config })) + ENVELOPE_BYTES <= MAX_LINE_BYTES;
}
