import { Bool, type Data, Field, Float64, Int64, makeData, Utf8 } from 'apache-arrow';
import type { TapeColumn } from '../market/binance/record/column.ts';

/** Values of one column of the record batch being filled. Buffers are reused from batch to batch. */
export interface ColumnBuffer<R> {
  readonly field: Field;
  push(record: R, row: number): void;
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
  #bytes = Buffer.allocUnsafe(1 << 16);
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

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  data(rows: number): Data<Utf8> {
    const valueOffsets = this.#offsets.subarray(0, rows + 1);
    return makeData({ type: new Utf8(), length: rows, valueOffsets, data: this.bytes() });
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#used + size));
    this.#bytes.copy(larger, 0, 0, this.#used);
    this.#bytes = larger;
  }
}

export function columnBuffer<R>(column: TapeColumn<R>, capacity: number): ColumnBuffer<R> {
  switch (column.kind) {
    case 'int64': {
      const buffer = new Int64Buffer(column.name, capacity);
      return {
        field: buffer.field,
        push: (record, row) => buffer.set(row, column.of(record)),
        data: (rows) => buffer.data(rows),
      };
    }
    case 'float64': {
      const values = new Float64Array(capacity);
      return {
        field: new Field(column.name, new Float64(), false),
        push: (record, row) => {
          values[row] = column.of(record);
        },
        data: (rows) => makeData({ type: new Float64(), length: rows, data: values.subarray(0, rows) }),
      };
    }
    case 'bool': {
      const bits = new Uint8Array((capacity + 7) >> 3);
      return {
        field: new Field(column.name, new Bool(), false),
        push: (record, row) => {
          const mask = 1 << (row & 7);
          const byte = bits[row >> 3] ?? 0;
          bits[row >> 3] = column.of(record) ? byte | mask : byte & ~mask;
        },
        data: (rows) => makeData({ type: new Bool(), length: rows, data: bits.subarray(0, (rows + 7) >> 3) }),
      };
    }
    case 'utf8': {
      const buffer = new Utf8Buffer(column.name, capacity);
      return {
        field: buffer.field,
        push: (record, row) => buffer.set(row, column.of(record)),
        data: (rows) => buffer.data(rows),
      };
    }
    default:
      return column satisfies never;
  }
}
