import type { DataType, Interval, Market } from '../../../../model/market.ts';
import type { TapeColumn } from '../../record/column.ts';
import type { RowFields } from '../row-fields.ts';
import type { RowLayout } from './row-layout.ts';

/** A span without rows though trading could have gone on. Unix ms; `to` is not included. */
export interface AbsentSpan {
  readonly from: number;
  readonly to: number;
}

export interface SeriesWarning {
  /** Unix ms of the row. */
  readonly at: number;
  readonly text: string;
}

/** Checks that rows continue each other, and collects what is odd but no error. */
export interface SeriesCheck<R> {
  readonly gaps: readonly AbsentSpan[];
  readonly warnings: readonly SeriesWarning[];
  /** Where the next row is expected, unix ms; undefined before the first. */
  readonly end: number | undefined;
  /** Throws ROW_INVALID. */
  next(record: R, fields: RowFields): void;
  /** Takes a row that is just what was expected, by its times in unix ms; any other (false) must go to {@link next}. */
  takes(dayTime: number, orderTime: number): boolean;
}

/** How the archives of one data type look, and what becomes of their rows. */
export interface ArchiveFormat<R> {
  readonly type: DataType;
  /** Names of the columns, in order: for errors, and for the number of columns a row must have. */
  columns(market: Market): readonly string[];
  /** True when the first field of a file is data, not the name of a column. */
  isData(firstField: string): boolean;
  /** The record of the row; undefined for a row without usable values, which is left out and counted. */
  parse(fields: RowFields, symbol: string): R | undefined;
  /** Time by which the stream orders the row, unix µs, at the source's full resolution. */
  timeUs(fields: RowFields): number;
  /** Unix ms that decides to which day the row belongs. */
  dayTime(record: R): number;
  /** How far after the end of its period, in ms, a file may have rows that still belong to it. Default 0. */
  readonly spillMs?: number;
  /** The check of types whose rows follow each other without holes: klines. */
  readonly series?: (interval: Interval) => SeriesCheck<R>;
  render(record: R): string;
  readonly tapeColumns: readonly TapeColumn<R>[];
  /** Of types with many rows: how lines become rows of a tape without records. Default: they become records. */
  readonly layout?: RowLayout;
}

/**
 * Header names begin with a letter. A first field that is neither that nor valid data (a spreadsheet's `1.7E+12`) is
 * treated as data, so that it is reported and not skipped.
 */
export function isData(firstField: string): boolean {
  return !/^[A-Za-z_]/.test(firstField);
}

export function toMs(us: number): number {
  return Math.floor(us / 1000);
}
