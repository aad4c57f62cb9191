import { Bool, type Data, Field, Float64, Int64, makeData, Utf8 } from 'apache-arrow';
import type { LineTemplate } from '../market/binance/archive/line-template.ts';
import type { PlainLine } from '../market/binance/archive/plain-line.ts';
import type { TapeColumn } from '../market/binance/record/column.ts';

/** Values of one column of the record batch being filled. Buffers are reused from batch to batch. */
export interface ColumnBuffer<R> {
  readonly field: Field;
  push(record: R, row: number): void;
  /** How the column is filled from lines: from the value of a CSV column, or with a text. */
  fromLines(source: number | LineTemplate): (line: PlainLine, row: number) => void;
  /** The first `rows` values; valid until the next `push`. */
  data(rows: number): Data;
}

const WORD = 2 ** 32;

/** 64-bit integers from JS numbers without a BigInt per value. */
export class Int64Buffer {
  readonly field: Field;
  readonly #words: Int32Array;

  constructor(name: string, capacity: number) {
    this.field = new Field(name, new Int64(), false);
    this.#words = new Int32Array(2 * capacity);
  }

  set(row: number, value: number): void {
    const high = Math.floor(value / WORD);
    this.#words[2 * row] = (value - high * WORD) | 0;
    this.#words[2 * row + 1] = high;
  }

  bytes(rows: number): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, 8 * rows);
  }

  data(rows: number): Data<Int64> {
    return makeData({ type: new Int64(), length: rows, data: new BigInt64Array(this.#words.buffer, 0, rows) });
  }
}

/** UTF-8 texts one after the other. */
export class Utf8Buffer {
  readonly field: Field;
  readonly #offsets: Int32Array;
  #bytes = Buffer.allocUnsafeSlow(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;

  constructor(name: string, capacity: number) {
    this.field = new Field(name, new Utf8(), false);
    this.#offsets = new Int32Array(capacity + 1);
  }

  set(row: number, text: string): void {
    if (row === 0) this.#used = 0;
    this.#reserve(3 * text.length);
    this.#used += this.#bytes.write(text, this.#used, 'utf8');
    this.#offsets[row + 1] = this.#used;
  }

  /** Sets the text that a template makes of a line. */
  fill(row: number, template: LineTemplate, line: PlainLine): void {
    if (row === 0) this.#used = 0;
    this.#reserve(template.room(line.length));
    this.#used = template.write(line.fields, this.#view, this.#used);
    this.#offsets[row + 1] = this.#used;
  }

  /** Bytes of the texts from row 0 on. */
  get size(): number {
    return this.#used;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  data(rows: number): Data<Utf8> {
    const valueOffsets = this.#offsets.subarray(0, rows + 1);
    return makeData({ type: new Utf8(), length: rows, valueOffsets, data: this.bytes() });
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#used + size));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** 64-bit floats. */
class Float64Buffer {
  readonly field: Field;
  readonly #values: Float64Array;

  constructor(name: string, capacity: number) {
    this.field = new Field(name, new Float64(), false);
    this.#values = new Float64Array(capacity);
  }

  set(row: number, value: number): void {
    this.#values[row] = value;
  }

  data(rows: number): Data<Float64> {
    return makeData({ type: new Float64(), length: rows, data: this.#values.subarray(0, rows) });
  }
}

/** Booleans as bits; any number but 0 is true. */
class BoolBuffer {
  readonly field: Field;
  readonly #bits: Uint8Array;

  constructor(name: string, capacity: number) {
    this.field = new Field(name, new Bool(), false);
    this.#bits = new Uint8Array((capacity + 7) >> 3);
  }

  set(row: number, value: number): void {
    const mask = 1 << (row & 7);
    const byte = this.#bits[row >> 3] ?? 0;
    this.#bits[row >> 3] = value === 0 ? byte & ~mask : byte | mask;
  }

  data(rows: number): Data<Bool> {
    return makeData({ type: new Bool(), length: rows, data: this.#bits.subarray(0, (rows + 7) >> 3) });
  }
}

export function columnBuffer<R>(column: TapeColumn<R>, capacity: number): ColumnBuffer<R> {
  switch (column.kind) {
    case 'int64':
      return numbers(new Int64Buffer(column.name, capacity), column.of);
    case 'float64':
      return numbers(new Float64Buffer(column.name, capacity), column.of);
    case 'bool':
      return numbers(new BoolBuffer(column.name, capacity), (record) => (column.of(record) ? 1 : 0));
    case 'utf8':
      return texts(new Utf8Buffer(column.name, capacity), column.of);
    default:
      return column satisfies never;
  }
}

function numbers<R>(buffer: Int64Buffer | Float64Buffer | BoolBuffer, of: (record: R) => number): ColumnBuffer<R> {
  return {
    field: buffer.field,
    push: (record, row) => buffer.set(row, of(record)),
    fromLines: (source) => {
      if (typeof source !== 'number') throw new TypeError(`column ${buffer.field.name} holds no texts`);
      return (line, row) => buffer.set(row, line.fields.values[source] ?? 0);
    },
    data: (rows) => buffer.data(rows),
  };
}

function texts<R>(buffer: Utf8Buffer, of: (record: R) => string): ColumnBuffer<R> {
  return {
    field: buffer.field,
    push: (record, row) => buffer.set(row, of(record)),
    fromLines: (source) => {
      if (typeof source === 'number') throw new TypeError(`column ${buffer.field.name} holds texts`);
      return (line, row) => buffer.fill(row, source, line);
    },
    data: (rows) => buffer.data(rows),
  };
}
