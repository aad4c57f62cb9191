/** Ids of a page: `to` is not included. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

/** What bounds a page: ids there are, and what was asked for. */
export interface PageBounds extends IdRange {
  readonly limit: number;
  /** The page begins here: the oldest rows first. Undefined: it ends at `to`. */
  readonly forward: boolean;
}

/**
 * The rows of a page, oldest first. `read` gives undefined where there is no row: those take no place in a page.
 */
export function page<T>({ from, to, limit, forward }: PageBounds, read: (id: number) => T | undefined): T[] {
  const rows: T[] = [];
  if (forward) {
    for (let id = from; id < to && rows.length < limit; id++) keep(rows, read(id));
    return rows;
  }
  for (let id = to - 1; id >= from && rows.length < limit; id--) keep(rows, read(id));
  return rows.reverse();
}

function keep<T>(rows: T[], row: T | undefined): void {
  if (row !== undefined) rows.push(row);
}
