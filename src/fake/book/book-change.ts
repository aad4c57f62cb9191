/** Whole numbers in units of the symbol's scale. */
export type Level = readonly [price: number, qty: number];

/** What happened to a book between two frames of one stream. */
export interface DepthChange {
  readonly firstId: number;
  readonly lastId: number;
  /** `lastId` of the frame before. */
  readonly previousId: number;
  /** Absolute quantities; 0 removes the level. */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface Top {
  readonly updateId: number;
  readonly bid: Level;
  readonly ask: Level;
}

export type Side = 'bids' | 'asks';

/** One level got another quantity. */
export interface BookChange {
  readonly id: number;
  readonly side: Side;
  readonly price: number;
  readonly qty: number;
}
