import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { AegisError, messageOf } from '../../../model/errors.ts';
import { inflated } from './inflate.ts';

/** The one file in an archive. */
export interface ZipContent {
  readonly name: string;
  /** When the entry was written; tells whether its day was over. */
  readonly date: Date;
  /** Its bytes. Throws ARCHIVE_DAMAGED when they do not inflate or their CRC is wrong. */
  readonly chunks: AsyncIterable<Buffer>;
  close(): void;
}

/** Entries that archivers on macOS and Windows add. */
const JUNK = /^__MACOSX\/|(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$|\/$/;

function damaged(file: string, problem: string, cause?: unknown): AegisError {
  return new AegisError('ARCHIVE_DAMAGED', problem, { where: file, cause });
}

/** Opens a zip that holds exactly one CSV file (junk entries do not count). Throws ARCHIVE_DAMAGED. */
export async function openZip(file: string): Promise<ZipContent> {
  const zip = await openPromise(file, { autoClose: false, lazyEntries: true }).catch((error: unknown) => {
    throw damaged(file, `not a readable zip: ${messageOf(error)}`, error);
  });
  try {
    const entries = (await listEntries(zip)).filter((entry) => !JUNK.test(entry.fileName));
    const [entry, extra] = entries;
    if (entry === undefined) throw damaged(file, 'the zip contains no file');
    if (extra !== undefined)
      throw damaged(file, `the zip contains more than one file: ${entry.fileName}, ${extra.fileName}`);
    return {
      name: entry.fileName,
      date: entry.getLastModDate({ timezone: 'UTC' }),
      chunks: checkedChunks(file, zip, entry),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw AegisError.is(error) ? error : damaged(file, `not a readable zip: ${messageOf(error)}`, error);
  }
}

function listEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.once('end', () => resolve(entries));
    zip.once('error', reject);
    zip.readEntry();
  });
}

async function* checkedChunks(file: string, zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  let crc = 0;
  try {
    for await (const chunk of await inflated(zip, entry)) {
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    throw AegisError.is(error)
      ? error
      : damaged(file, `${entry.fileName} cannot be inflated: ${messageOf(error)}`, error);
  }
  if (crc !== entry.crc32) throw damaged(file, `the CRC of ${entry.fileName} is wrong`);
}
