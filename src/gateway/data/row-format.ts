/** How a component wants its rows: as lines, or as an Arrow stream of record batches. */
export type RowFormat = 'ndjson' | 'arrow';
