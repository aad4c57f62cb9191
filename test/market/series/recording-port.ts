import type { Backfill, MarketRow, SeriesPort } from '../../../src/market/binance/series/topic-series.ts';
import type { StreamStatus } from '../../../src/model/stream-status.ts';

/** Keeps what a series makes, in its order. */
export class RecordingPort implements SeriesPort {
  readonly rows: MarketRow[] = [];
  readonly requests: Backfill[] = [];
  readonly statuses: StreamStatus[] = [];
  /** Rows (their `data`) and statuses as they came. */
  readonly log: (string | StreamStatus)[] = [];

  row(row: MarketRow): void {
    this.rows.push(row);
    this.log.push(row.json);
  }

  backfill(request: Backfill): void {
    this.requests.push(request);
  }

  status(status: StreamStatus): void {
    this.statuses.push(status);
    this.log.push(status);
  }

  /** A field of all rows. */
  numbers(field: string): number[] {
    return this.rows.map(({ json }) => Number((JSON.parse(json) as Record<string, unknown>)[field]));
  }

  /** `filled 5-7 (3)`, one text per gap status. */
  gaps(): string[] {
    return this.statuses.flatMap((each) =>
      each.kind === 'gap' ? [`${each.state} ${each.from}-${each.to} (${each.rows})`] : [],
    );
  }
}
