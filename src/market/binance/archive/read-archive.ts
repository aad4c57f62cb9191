import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AegisError, messageOf } from '../../../model/errors.ts';
import { readLines } from './csv.ts';
import { RowReader, type RowReaderOptions } from './row-reader.ts';
import { openZip } from './zip.ts';

export interface ReadArchiveOptions<R> extends RowReaderOptions<R> {
  /** After each part of some thousand rows: rows and bytes of that part. */
  readonly onProgress?: (rows: number, bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface ArchiveSummary {
  readonly rows: number;
  /** Date and name of the zip entry; undefined for a bare CSV file. */
  readonly writtenAt?: Date;
  readonly entry?: string;
}

/**
 * Reads an archive, zip or CSV, row by row in constant memory. Header and time unit are detected.
 * Throws ARCHIVE_DAMAGED, ROW_INVALID (with file, line and column), INTERRUPTED.
 */
export async function readArchive<R>(options: ReadArchiveOptions<R>): Promise<ArchiveSummary> {
  const { file } = options.archive;
  await requireFile(file);
  if (!file.endsWith('.zip'))
    return { rows: await readRows(createReadStream(file, { highWaterMark: 1 << 18 }), options) };
  const zip = await openZip(file);
  try {
    return { rows: await readRows(zip.chunks, options), writtenAt: zip.date, entry: zip.name };
  } finally {
    zip.close();
  }
}

/** Throws DATA_NOT_FOUND when there is nothing, ARCHIVE_DAMAGED when it is not a file. */
export async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw new AegisError('DATA_NOT_FOUND', `the archive cannot be opened: ${messageOf(error)}`, {
      where: file,
      cause: error,
    });
  });
  if (!found.isFile()) {
    throw new AegisError(
      'ARCHIVE_DAMAGED',
      found.isDirectory() ? 'this is a directory, not an archive' : 'not a file',
      {
        where: file,
        remedy: 'Give the path of a zip or CSV file, or of a folder that contains some.',
      },
    );
  }
  if (found.size === 0) throw new AegisError('ARCHIVE_DAMAGED', 'the file is empty', { where: file });
}

async function readRows<R>(chunks: AsyncIterable<Buffer>, options: ReadArchiveOptions<R>): Promise<number> {
  const { archive, onProgress, signal } = options;
  const reader = new RowReader(options);
  let bytesTold = 0;
  for await (const { lines, bytes } of readLines(chunks)) {
    if (signal?.aborted) throw new AegisError('INTERRUPTED', 'the import was interrupted', { where: archive.file });
    const before = reader.rows;
    reader.read(lines);
    onProgress?.(reader.rows - before, bytes - bytesTold);
    bytesTold = bytes;
  }
  if (reader.rows > 0) return reader.rows;
  const problem = reader.lines === 0 ? 'the file is empty' : 'the file has a header and no rows';
  throw new AegisError('ARCHIVE_DAMAGED', problem, { where: archive.file });
}
