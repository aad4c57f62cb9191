import type { Market } from '../../../model/market.ts';
import type { DepthEvent } from '../stream/market-event.ts';

/** How the changes of a market's order books follow each other. `id`: last update that is in the book. */
export interface BookRules {
  /** All of it is in the book already. */
  isOld(id: number, event: DepthEvent): boolean;
  /** Nothing is missing between the book and the event. */
  follows(id: number, event: DepthEvent): boolean;
}

/** The exchange's documentation, 2026-07: update ids of a symbol have no holes. */
const SPOT: BookRules = {
  isOld: (id, { lastId }) => lastId <= id,
  follows: (id, { firstId }) => firstId <= id + 1,
};

/**
 * All symbols share the ids, so only `pu`, the id before, says whether something is missing. The documentation asks for
 * `U <= id <= u` after a snapshot and `pu == id` from then on. `pu <= id` is both: the event has the final quantities of all
 * changes after `pu`, so a book that is further than `pu` is right after it as well, e.g. when streams of two speeds mix.
 */
const FUTURES: BookRules = {
  isOld: (id, { lastId }) => lastId < id,
  follows: (id, { previousId }) => previousId !== undefined && previousId <= id,
};

export const BOOK_RULES: Readonly<Record<Market, BookRules>> = { spot: SPOT, um: FUTURES, cm: FUTURES };
