import { plainEnvelope } from '../../model/protocol/binary-envelope.ts';
import { FRAME_MARK, HEADER_BYTES } from '../../model/protocol/binary-frame-decoder.ts';
import { BytePieces } from '../../model/protocol/byte-pieces.ts';
import type { FrameDecoder } from '../../model/protocol/codec.ts';
import type { FirstByteCodec } from '../../model/protocol/first-byte-codec.ts';
import type { Inbound } from '../../model/protocol/inbound.ts';
import { type Fields, isFields } from '../../model/wire/fields.ts';
import type { Dialect } from '../transcript.ts';

const NEWLINE = 10;
/** What is shown of something that cannot be read. */
const SHOWN = 200;

export interface WireMessage {
  readonly dialect: Dialect;
  /** The envelope as it came; `{text}` when it is none. */
  readonly fields: Fields;
  /** What Aegis makes of it. */
  readonly inbound: Inbound;
}

/** Reads a control connection as Aegis does, and keeps what the messages looked like. */
export class WireReader {
  readonly #maxBytes: number;
  readonly #decoder: FrameDecoder;
  readonly #pieces = new BytePieces();
  #dialect: Dialect | undefined;

  constructor({ codec, maxBytes }: { readonly codec: FirstByteCodec; readonly maxBytes: number }) {
    this.#maxBytes = maxBytes;
    this.#decoder = codec.createDecoder({ maxFrameBytes: maxBytes });
  }

  /** Undefined until the first byte has come. */
  get dialect(): Dialect | undefined {
    return this.#dialect;
  }

  push(chunk: Uint8Array): readonly WireMessage[] {
    const [first] = chunk;
    if (first === undefined) return [];
    this.#dialect ??= first === FRAME_MARK ? 'binary' : 'json';
    const dialect = this.#dialect;
    this.#pieces.push(chunk);
    const seen = dialect === 'json' ? this.#lines() : this.#frames();
    return this.#decoder.push(chunk).map((inbound, index) => ({ dialect, fields: seen[index] ?? {}, inbound }));
  }

  #lines(): Fields[] {
    const found: Fields[] = [];
    const bytes = this.#pieces.take(this.#pieces.length);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = bytes.toString('utf8', start, end).trim();
      if (line !== '') found.push(jsonFields(line));
      start = end + 1;
    }
    this.#pieces.push(bytes.subarray(start));
    return found;
  }

  #frames(): Fields[] {
    const found: Fields[] = [];
    while (this.#pieces.length >= HEADER_BYTES) {
      const header = this.#pieces.take(HEADER_BYTES);
      const length = header.readUInt32BE(1);
      if (header[0] !== FRAME_MARK || length > this.#maxBytes) return [...found, { text: header.toString('hex') }];
      if (this.#pieces.length < length) {
        const rest = this.#pieces.take(this.#pieces.length);
        this.#pieces.push(Buffer.concat([header, rest]));
        return found;
      }
      found.push(binaryFields(this.#pieces.take(length)));
    }
    return found;
  }
}

function jsonFields(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    if (isFields(value)) return value;
  } catch {
    // What it is not is told by the decoder of Aegis.
  }
  return { text: line.slice(0, SHOWN) };
}

function binaryFields(envelope: Uint8Array): Fields {
  try {
    return plainEnvelope(envelope);
  } catch {
    return { text: Buffer.from(envelope).toString('hex').slice(0, SHOWN) };
  }
}
