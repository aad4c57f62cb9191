import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Footer } from 'apache-arrow/ipc/metadata/file';
// Gives the schema of a footer the `decode` that Footer.decode calls.
import 'apache-arrow/ipc/metadata/message';
import { AegisError, messageOf } from '../model/errors.ts';
import { MANIFEST_KEY, type TapeManifest, tapeManifest } from './manifest.ts';

const MAGIC = 'ARROW1';
/** Length of the footer (int32) and the magic. */
const TAIL = 4 + MAGIC.length;

export function tapeDamaged(path: string, problem: string, cause?: unknown): AegisError {
  return new AegisError('TAPE_DAMAGED', `the tape cannot be read: ${problem}`, { where: path, cause });
}

/** Reads exactly `length` bytes at `position`. */
export function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  readInto(fd, position, bytes);
  return bytes;
}

/** Fills `bytes` with what is at `position`. */
export function readInto(fd: number, position: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new RangeError(`the file ends at byte ${position + done}`);
    done += read;
  }
}

export function readFooter(fd: number): Footer {
  const { size } = fstatSync(fd);
  if (size < TAIL + 8) throw new RangeError(`the file has only ${size} bytes`);
  const tail = readAt(fd, size - TAIL, TAIL);
  if (tail.toString('latin1', 4) !== MAGIC) throw new RangeError('it does not end like an Arrow file');
  const length = tail.readInt32LE(0);
  if (length <= 0 || length > size - TAIL - 8) throw new RangeError(`impossible footer length ${length}`);
  return Footer.decode(readAt(fd, size - TAIL - length, length));
}

/** The manifest in a tape's footer. Throws TAPE_DAMAGED; errors of the file system (no such file) as they come. */
export function readManifest(path: string): TapeManifest {
  return readManifestAs(path, tapeManifest);
}

/** The same for a file whose manifest has another form. */
export function readManifestAs<T>(path: string, schema: { readonly parse: (value: unknown) => T }): T {
  const fd = openSync(path, 'r');
  try {
    const json = readFooter(fd).schema.metadata.get(MANIFEST_KEY);
    if (json === undefined) throw new RangeError('it has no manifest');
    return schema.parse(JSON.parse(json));
  } catch (error) {
    throw tapeDamaged(path, messageOf(error), error);
  } finally {
    closeSync(fd);
  }
}
