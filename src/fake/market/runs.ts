/** Trades and aggregates come in blocks of a fixed size, so that either id leads to the other without counting. */
export const BLOCK_TRADES = 8;
export const BLOCK_AGGS = 5;

/** Every way to cut the trades of a block into its aggregates: the first trade of each, and the end. */
const CUTS: readonly (readonly number[])[] = cuts(1, BLOCK_AGGS - 1).map((cut) => [0, ...cut, BLOCK_TRADES]);

/** The cut of a block. `random`: in [0, 1). */
export function cutOf(random: number): readonly number[] {
  return CUTS[Math.floor(random * CUTS.length)] ?? [];
}

function cuts(from: number, count: number): number[][] {
  if (count === 0) return [[]];
  const all: number[][] = [];
  for (let at = from; at <= BLOCK_TRADES - count; at++) {
    for (const rest of cuts(at + 1, count - 1)) all.push([at, ...rest]);
  }
  return all;
}
