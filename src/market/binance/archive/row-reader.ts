import { AegisError, messageOf } from '../../../model/errors.ts';
import type { ArchiveFile } from './archive-ref.ts';
import { hasQuotes, parseRows } from './csv.ts';
import type { ArchiveFormat } from './format/format.ts';
import type { PlainLine } from './plain-line.ts';
import { RowFields } from './row-fields.ts';

const LF = 10;

/** Takes plain lines without making a record of them. */
export interface PlainLines {
  /** Reads the lines; the same object for all. */
  readonly line: PlainLine;
  /** Takes the line at hand; false to get it as a record. */
  take(): boolean;
}

export interface RowReaderOptions<R> {
  readonly archive: ArchiveFile;
  readonly format: ArchiveFormat<R>;
  /** `record` is undefined for a row without usable values. `fields` are the row's and valid during the call only. */
  readonly onRow: (record: R | undefined, timeUs: number, fields: RowFields) => void;
  /** Default: every line becomes a record. */
  readonly plain?: PlainLines;
}

/** Reads the rows of one CSV file, part by part. */
export class RowReader<R> {
  readonly #options: RowReaderOptions<R>;
  readonly #fields: RowFields;
  #lines = 0;
  #rows = 0;

  constructor(options: RowReaderOptions<R>) {
    const { archive, format } = options;
    this.#options = options;
    this.#fields = new RowFields(archive.file, format.columns(archive.content.market));
  }

  /** Lines read so far: rows and a header. */
  get lines(): number {
    return this.#lines;
  }

  /** Rows read so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Reads whole lines. Throws ROW_INVALID. */
  read(lines: Buffer): void {
    const { plain } = this.#options;
    if (plain === undefined || hasQuotes(lines)) this.#readRecords(lines);
    else this.#readPlain(lines, plain);
  }

  /** A line that is not plain, or whose time unit is not known yet, goes the way of records. */
  #readPlain(lines: Buffer, { line, take }: PlainLines): void {
    const fields = this.#fields;
    let at = 0;
    while (at < lines.length) {
      if (fields.unit !== undefined && line.scan(lines, at, fields.unit) && take()) {
        at += line.length;
        this.#lines++;
        this.#rows++;
        continue;
      }
      const lineEnd = lines.indexOf(LF, at);
      const end = lineEnd === -1 ? lines.length : lineEnd + 1;
      this.#readRecords(lines.subarray(at, end));
      at = end;
    }
  }

  #readRecords(lines: Buffer): void {
    const { archive, format, onRow } = this.#options;
    const fields = this.#fields;
    for (const row of this.#split(lines)) {
      const line = ++this.#lines;
      if (line === 1 && !format.isData(row[0] ?? '')) continue;
      fields.load(row, line);
      onRow(format.parse(fields, archive.content.symbol), format.timeUs(fields), fields);
      this.#rows++;
    }
  }

  #split(lines: Buffer): string[][] {
    try {
      return parseRows(lines, this.#lines + 1);
    } catch (error) {
      const { file } = this.#options.archive;
      throw new AegisError('ROW_INVALID', `a quote is wrong here or below: ${messageOf(error)}`, {
        where: `${file}:${this.#lines + 1}`,
        cause: error,
      });
    }
  }
}
