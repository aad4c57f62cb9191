import { pipeline, type Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';

/** yauzl inflates in pieces of 16 KiB, each a turn of a thread and of two streams: half of the time of reading a zip. */
const CHUNK_BYTES = 1 << 18;
const DEFLATED = 8;

/** The bytes of an entry, of which there must be as many as the zip says. Rejects as yauzl does. */
export async function inflated(zip: ZipFile, entry: Entry): Promise<AsyncIterable<Buffer>> {
  // What is neither deflated nor stored is refused by yauzl.
  if (entry.compressionMethod !== DEFLATED || entry.isEncrypted()) return zip.openReadStreamPromise(entry);
  const raw: Readable = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  // What goes wrong in either is thrown where the chunks are read.
  pipeline(raw, inflate, () => {});
  return sized(inflate, entry.uncompressedSize);
}

async function* sized(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > size) throw new RangeError(`too many bytes in the stream. expected ${size}. got at least ${bytes}`);
    yield chunk;
  }
  if (bytes < size) throw new RangeError(`not enough bytes in the stream. expected ${size}. got only ${bytes}`);
}
