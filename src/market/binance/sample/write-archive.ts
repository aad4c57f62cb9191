import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { type ArchiveRef, visionPath } from '../archive/archive-ref.ts';
import { parsePeriod } from '../archive/period.ts';

/** Writes an archive as Binance Vision has it: a zip with one CSV file, and its .CHECKSUM. Returns the bytes of the zip. */
export async function writeArchive(visionDir: string, ref: ArchiveRef, lines: readonly string[]): Promise<number> {
  const file = path.join(visionDir, visionPath(ref));
  const name = path.basename(file);
  const zip = await zipped(name.replace(/\.zip$/, '.csv'), `${lines.join('\n')}\n`, entryDate(ref.period));
  const hash = createHash('sha256').update(zip).digest('hex');
  await mkdir(path.dirname(file), { recursive: true });
  await put(file, zip);
  await put(`${file}.CHECKSUM`, `${hash}  ${name}\n`);
  return zip.length;
}

/** An interrupted generator leaves no half archive under an archive's name. */
async function put(file: string, content: Buffer | string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  await writeFile(part, content);
  await rename(part, file);
}

function zipped(name: string, text: string, date: Date): Promise<Buffer> {
  const zip = new ZipFile();
  // A zip entry without a UTC time stamp has equal bytes in every time zone.
  zip.addBuffer(Buffer.from(text), name, { mtime: date, mode: 0o100644, forceDosTimestamp: true, compressionLevel: 4 });
  zip.end();
  return buffer(zip.outputStream);
}

/** Noon of the day after the period: archives are published then. In local time, because zip entries have no zone. */
function entryDate(period: string): Date {
  const after = new Date(parsePeriod(period).end);
  return new Date(after.getUTCFullYear(), after.getUTCMonth(), after.getUTCDate(), 12);
}
