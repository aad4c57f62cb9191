import { AegisError } from '../../../model/errors.ts';
import { parseTopic } from '../../../model/topic.ts';
import { type ColumnBlock, type ColumnValues, int64At, setInt64 } from '../../../model/wire/column-block.ts';
import { blockColumns, type ColumnKind } from '../../../model/wire/columns.ts';
import { type Fields, isFields } from '../../../model/wire/fields.ts';
import { LINE_END, LINE_MIDDLE } from '../../../model/wire/line.ts';
import { lineEnd } from '../held-slice.ts';

/** Where a value is in a row's `data`. */
type Path = readonly (string | number)[];

/** A row out of its line. */
interface ParsedRow {
  readonly ts: number;
  readonly data: Fields;
  readonly json: string;
}

const TS = Buffer.from('"ts":', 'latin1');

/** The columns of a topic's lines. What a row does not have is 0, NaN, false or the empty text, as in tapes. */
export function blockOfLines(topic: string, lines: Buffer): ColumnBlock {
  return blockOfRows(topic, parseLines(lines));
}

/** The same of rows of which a tape has nothing but their `data` as text. */
export function blockOfTexts(topic: string, { rows, ts, columns }: ColumnBlock): ColumnBlock {
  const [data] = columns;
  if (data?.kind !== 'texts') throw new AegisError('STREAM_FAILED', `rows of ${topic} have no text`);
  const { offsets } = data;
  const bytes = Buffer.from(data.bytes.buffer, data.bytes.byteOffset, data.bytes.byteLength);
  const parsed = Array.from({ length: rows }, (_, row) =>
    parseRow(int64At(ts, row), bytes.toString('utf8', offsets[row], offsets[row + 1])),
  );
  return blockOfRows(topic, parsed);
}

function blockOfRows(topic: string, rows: readonly ParsedRow[]): ColumnBlock {
  const ts = new Int32Array(2 * rows.length);
  for (const [place, row] of rows.entries()) setInt64(ts, place, row.ts);
  const columns = blockColumns(topic, false).map((column): ColumnValues => {
    if (column.path === 'ts') return { kind: 'words', words: ts };
    if (column.path === 'symbol') return { kind: 'constant', text: Buffer.from(parseTopic(topic).symbol) };
    if (column.path.length === 0) return texts(rows.map(({ json }) => json));
    return valuesOf(rows, column.kind, column.path);
  });
  return { rows: rows.length, ts, columns };
}

function parseLines(lines: Buffer): ParsedRow[] {
  const rows: ParsedRow[] = [];
  for (let place = 0; place < lines.length; ) {
    const end = lineEnd(lines, place);
    // Session ids and topics are tokens: the first of each is the envelope's.
    const ts = lines.indexOf(TS, place) + TS.length;
    const middle = lines.indexOf(LINE_MIDDLE, ts);
    const json = lines.toString('utf8', middle + LINE_MIDDLE.length, end - LINE_END.length);
    rows.push(parseRow(Number(lines.toString('latin1', ts, middle)), json));
    place = end;
  }
  return rows;
}

function parseRow(ts: number, json: string): ParsedRow {
  const data: unknown = JSON.parse(json);
  return { ts, data: isFields(data) ? data : {}, json };
}

function valuesOf(rows: readonly ParsedRow[], kind: ColumnKind, path: Path): ColumnValues {
  switch (kind) {
    case 'int64': {
      const words = new Int32Array(2 * rows.length);
      for (const [place, row] of rows.entries()) setInt64(words, place, numberAt(row, path));
      return { kind: 'words', words };
    }
    case 'float64': {
      const values = Float64Array.from(rows, (row) => numberAt(row, path));
      return { kind: 'words', words: new Int32Array(values.buffer) };
    }
    case 'bool':
      return { kind: 'bytes', bytes: Uint8Array.from(rows, (row) => (valueAt(row, path) === true ? 1 : 0)) };
    case 'utf8':
      return texts(rows.map((row) => String(valueAt(row, path) ?? '')));
  }
}

function texts(values: readonly string[]): ColumnValues {
  const offsets = new Int32Array(values.length + 1);
  for (const [place, value] of values.entries()) offsets[place + 1] = (offsets[place] ?? 0) + Buffer.byteLength(value);
  return { kind: 'texts', offsets, bytes: Buffer.from(values.join(''), 'utf8') };
}

function numberAt(row: ParsedRow, path: Path): number {
  const value = valueAt(row, path);
  return typeof value === 'number' ? value : Number.NaN;
}

function valueAt({ data }: ParsedRow, path: Path): unknown {
  let value: unknown = data;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? value[step] : undefined;
    else value = isFields(value) ? value[step] : undefined;
  }
  return value;
}
