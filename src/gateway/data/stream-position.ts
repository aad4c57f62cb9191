/** Where the rows of a data connection begin: at a byte of the component's own stream, or at a row of it. */
export type StreamStart = { readonly offset: number } | { readonly row: number };

/** What a component asks for in its handshake; every field may be missing. */
export interface Claim {
  /** Bytes of whole rows that it has received since its start or the last REBORN. */
  readonly received?: number;
  /** The number of a row, the first row, or the first one that it has not acknowledged. */
  readonly from?: 'start' | 'next' | number;
  /** The run in which a number of a row counts. */
  readonly run?: number;
}
