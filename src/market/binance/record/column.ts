/** A typed column of a tape, filled from a record. Exact text is in the tape's `json` column; these are for analysis. */
export type TapeColumn<R> =
  | { readonly name: string; readonly kind: 'int64' | 'float64'; readonly of: (record: R) => number }
  | { readonly name: string; readonly kind: 'bool'; readonly of: (record: R) => boolean }
  | { readonly name: string; readonly kind: 'utf8'; readonly of: (record: R) => string };

/** A record, or texts that stand for its values: what its JSON is rendered from. */
export type Shown<R> = { readonly [K in keyof R]: R[K] | string };

export function int<R>(name: string, of: (record: R) => number): TapeColumn<R> {
  return { name, kind: 'int64', of };
}

/** A decimal as the nearest float64. */
export function decimal<R>(name: string, of: (record: R) => string): TapeColumn<R> {
  return { name, kind: 'float64', of: (record) => Number(of(record)) };
}

export function bool<R>(name: string, of: (record: R) => boolean): TapeColumn<R> {
  return { name, kind: 'bool', of };
}

export function text<R>(name: string, of: (record: R) => string): TapeColumn<R> {
  return { name, kind: 'utf8', of };
}
