/** What a CSV column holds; `unread` is what no tape takes over. */
export type FieldKind = 'integer' | 'decimal' | 'time' | 'bool' | 'unread';

/**
 * What there is to know of a row to make a tape of its bytes, without a record. It says the same as `parse` and `render`
 * of the format, which remain the rule: a line that is unusual in any way goes by them.
 */
export interface RowLayout {
  /** The columns that are read, by name. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** Column of the time that orders the rows. */
  readonly time: string;
  /** Column of the time that decides to which day a row belongs. */
  readonly dayTime: string;
  /** The row's JSON, with `slot(column)` in place of each value from the file. */
  json(symbol: string, slot: (column: string) => string): string;
  /** Tape columns that have another name than their CSV column. */
  readonly renamed?: Readonly<Record<string, string>>;
}
