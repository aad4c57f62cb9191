import { bool, int, type TapeColumn } from './column.ts';
import { KLINE_COLUMNS, type KlineRecord, renderKline } from './kline.ts';

/** A candle as it stands: it changes until it is closed. */
export interface KlineUpdateRecord {
  /** Envelope time: unix ms. */
  readonly eventTime: number;
  readonly closed: boolean;
  readonly bar: KlineRecord;
}

/** The fields of klines, and whether the candle is closed. */
export function renderKlineUpdate({ bar, closed }: KlineUpdateRecord): string {
  return `${renderKline(bar).slice(0, -1)},"closed":${closed}}`;
}

export const KLINE_UPDATE_COLUMNS: readonly TapeColumn<KlineUpdateRecord>[] = [
  int('event_time', (r) => r.eventTime),
  ...KLINE_COLUMNS.map((column) => ofBar(column)),
  bool('closed', (r) => r.closed),
];

/** Case by case, because the type of a column's value follows from its kind. */
function ofBar(column: TapeColumn<KlineRecord>): TapeColumn<KlineUpdateRecord> {
  const { name } = column;
  switch (column.kind) {
    case 'bool':
      return { name, kind: column.kind, of: ({ bar }) => column.of(bar) };
    case 'utf8':
      return { name, kind: column.kind, of: ({ bar }) => column.of(bar) };
    default:
      return { name, kind: column.kind, of: ({ bar }) => column.of(bar) };
  }
}
