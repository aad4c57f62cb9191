import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';

const START = Date.UTC(2024, 0, 1);
const MINUTE = 60_000;

/** Lines of a spot 1m klines file, from a minute of 2024-01-01 on. */
export function minuteLines(count: number, firstMinute = 0, price = '42283.58000000'): string[] {
  return Array.from({ length: count }, (_, i) => {
    const open = START + (firstMinute + i) * MINUTE;
    return `${open},${price},${price},${price},${price},1.50000000,${open + MINUTE - 1},63425.37000000,7,0.50000000,21141.79000000,0`;
  });
}

/** Writes a CSV file named like the archive of spot BTCUSDT 1m klines of a day; returns its path. */
export function writeCsv(dir: string, text: string, name = 'BTCUSDT-1m-2024-01-01.csv'): string {
  mkdirSync(dir, { recursive: true });
  const file = path.join(dir, name);
  writeFileSync(file, text);
  return file;
}

export interface ZipEntryText {
  readonly name: string;
  readonly text: string;
}

export interface WriteZipOptions {
  readonly entries: readonly ZipEntryText[];
  /** Date of the entries; default: two days after the data. */
  readonly date?: Date;
  readonly checksum?: boolean;
}

/** Writes a zip, with its .CHECKSUM unless told otherwise. */
export async function writeZip(file: string, { entries, date, checksum = true }: WriteZipOptions): Promise<string> {
  mkdirSync(path.dirname(file), { recursive: true });
  const zip = new ZipFile();
  for (const { name, text } of entries)
    zip.addBuffer(Buffer.from(text), name, { mtime: date ?? new Date(START + 2 * 86_400_000) });
  zip.end();
  await finished(zip.outputStream.pipe(createWriteStream(file)));
  if (checksum) {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    writeFileSync(`${file}.CHECKSUM`, `${hash}  ${path.basename(file)}`);
  }
  return file;
}
