import { parse } from 'csv-parse/sync';

/** Whole lines of a CSV file. */
export interface CsvLines {
  /** Valid until the next ones are asked for. */
  readonly lines: Buffer;
  /** Bytes of the file read so far. */
  readonly bytes: number;
}

/** Rows of a part of a CSV file. */
export interface CsvPart {
  /** Line number of the first row; every row is one line. */
  readonly line: number;
  readonly rows: readonly (readonly string[])[];
}

const LF = 10;
const QUOTE = 34;
const BYTE_ORDER_MARK = '\ufeff';
const OPTIONS = { relax_column_count: true, relax_quotes: true, record_delimiter: ['\r\n', '\n'] };
const PART_BYTES = 1 << 18;

/** Cuts a CSV file into parts of whole lines; only the last line of all may lack its line end. One buffer serves all parts. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<CsvLines> {
  let buffer = Buffer.allocUnsafeSlow(2 * PART_BYTES);
  let used = 0;
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (used + chunk.length > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (used + chunk.length));
      buffer.copy(larger, 0, 0, used);
      buffer = larger;
    }
    used += chunk.copy(buffer, used);
    if (used < PART_BYTES) continue;
    const end = buffer.lastIndexOf(LF, used - 1) + 1;
    if (end === 0) continue;
    yield { lines: buffer.subarray(0, end), bytes };
    buffer.copyWithin(0, end, used);
    used -= end;
  }
  if (used > 0) yield { lines: buffer.subarray(0, used), bytes };
}

/** Splits a CSV file into rows of text, part by part; LF or CRLF, with or without a last line end. */
export async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<CsvPart> {
  let line = 1;
  for await (const { lines } of readLines(chunks)) {
    const rows = parseRows(lines, line);
    yield { line, rows };
    line += rows.length;
  }
}

/** @param line number of the first of the lines */
export function parseRows(lines: Buffer, line: number): string[][] {
  const text = lines.toString('utf8');
  const plain = line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  return hasQuotes(lines) ? parse(plain, OPTIONS) : splitPlain(plain);
}

export function hasQuotes(lines: Buffer): boolean {
  return lines.includes(QUOTE);
}

/** Archives have no quotes: splitting is all there is to do, and takes a tenth of the time of a parser. */
function splitPlain(text: string): string[][] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line).split(','));
}
