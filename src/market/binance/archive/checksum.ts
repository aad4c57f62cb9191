import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AegisError } from '../../../model/errors.ts';

/** SHA-256 of a file's bytes, lower-case hex. Memory does not grow with the file. */
export async function sha256File(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/**
 * The hash in the text of a `.CHECKSUM` file (`<64 hex digits>  <name>`, with or without a line end).
 * Throws CHECKSUM_MISMATCH when the text has another form or is about another file.
 */
export function parseChecksum(text: string, archiveName: string): string {
  const [hash = '', name = '', ...rest] = text.trim().split(/\s+/);
  const where = `${archiveName}.CHECKSUM`;
  if (!/^[0-9a-fA-F]{64}$/.test(hash) || name === '' || rest.length > 0) {
    throw new AegisError('CHECKSUM_MISMATCH', 'the checksum file does not have the form "<sha256>  <file name>"', {
      where,
    });
  }
  if (name !== archiveName) {
    throw new AegisError('CHECKSUM_MISMATCH', `the checksum is that of ${name}, not of ${archiveName}`, { where });
  }
  return hash.toLowerCase();
}

/** Throws CHECKSUM_MISMATCH unless `actual` is what the text of the archive's `.CHECKSUM` says. */
export function verifyChecksum(file: string, actual: string, checksumText: string): void {
  const expected = parseChecksum(checksumText, path.basename(file));
  if (actual === expected) return;
  throw new AegisError('CHECKSUM_MISMATCH', `SHA-256 of the bytes is ${actual}, the checksum file says ${expected}`, {
    where: file,
    details: { expected, actual },
  });
}
