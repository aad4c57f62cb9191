import type { RecordBatch } from './arrow-library.ts';
import { AegisError } from './errors.ts';

export interface ArrowBatchOptions {
  /** See {@link ArrowBatch.run}. Default: undefined. */
  readonly run?: number | undefined;
  /** Default: that of the first row. */
  readonly seq?: number;
  /** Default false. */
  readonly replayed?: boolean;
}

/**
 * Rows that arrived together, as columns: `seq`, `ts` (unix ms), `topic` (the full topic), and the fields of the types
 * that the component has declared.
 */
export class ArrowBatch {
  /** A RecordBatch of apache-arrow. */
  readonly recordBatch: RecordBatch;
  /** The run that the rows belong to. */
  readonly run: number | undefined;
  /** Number of the first row in the component's own stream of the run, from 0. */
  readonly seq: number;
  /** Number of the row after the last one: what to store as the position, together with the result. */
  readonly nextSeq: number;
  /** An earlier process of the component was given these rows. It may have handled them. */
  readonly replayed: boolean;

  constructor(recordBatch: RecordBatch, { run, seq, replayed = false }: ArrowBatchOptions = {}) {
    this.recordBatch = recordBatch;
    this.run = run;
    this.seq = seq ?? Number(recordBatch.getChild('seq')?.get(0));
    this.nextSeq = this.seq + recordBatch.numRows;
    this.replayed = replayed;
  }

  get length(): number {
    return this.nextSeq - this.seq;
  }

  /** A column of numbers; NaN in rows whose type has no such field. @throws AegisError when it is none */
  float64(name: string): Float64Array {
    const column = this.recordBatch.getChild(name);
    const values = column?.toArray();
    if (column === null || !(values instanceof Float64Array)) throw new AegisError(`${name} is no column of float64`);
    return column.nullCount === 0 ? values : values.map((value, row) => (column.isValid(row) ? value : Number.NaN));
  }

  /** A column of whole numbers; 0n in rows whose type has no such field. @throws AegisError when it is none */
  int64(name: string): BigInt64Array {
    const column = this.recordBatch.getChild(name);
    const values = column?.toArray();
    if (column === null || !(values instanceof BigInt64Array)) throw new AegisError(`${name} is no column of int64`);
    return column.nullCount === 0 ? values : values.map((value, row) => (column.isValid(row) ? value : 0n));
  }

  /** The rows from place `begin` on, before place `end`; nothing is copied. */
  slice(begin: number, end = this.length, { replayed = this.replayed } = {}): ArrowBatch {
    const whole = begin === 0 && end === this.length;
    const part = whole ? this.recordBatch : this.recordBatch.slice(begin, end);
    return new ArrowBatch(part, { run: this.run, seq: this.seq + begin, replayed });
  }
}
