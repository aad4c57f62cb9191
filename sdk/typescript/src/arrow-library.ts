import { AegisError } from './errors.ts';

/** How rows come: as JSON lines, or as record batches of Arrow. */
export type Format = 'ndjson' | 'arrow';

/** A column, as apache-arrow has it. */
export interface Column extends Iterable<unknown> {
  readonly length: number;
  readonly nullCount: number;
  get(index: number): unknown;
  isValid(index: number): boolean;
  toArray(): ArrayLike<unknown>;
}

/** A RecordBatch of apache-arrow: what of it the SDK uses. */
export interface RecordBatch {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string; readonly nullable: boolean }[] };
  getChild(name: string): Column | null;
  slice(begin?: number, end?: number): RecordBatch;
}

/** What the SDK uses of the package apache-arrow, which is there only when the component's author wants it. */
export interface ArrowLibrary {
  readonly RecordBatchReader: {
    from(source: Iterable<Uint8Array>): Iterator<RecordBatch>;
  };
}

/** @throws AegisError when it is not installed */
export async function loadArrow(): Promise<ArrowLibrary> {
  // Not a literal: the SDK compiles without the package.
  const name: string = 'apache-arrow';
  try {
    return await import(name);
  } catch (error) {
    throw new AegisError(`format 'arrow' needs the package apache-arrow: npm install apache-arrow (${String(error)})`);
  }
}
