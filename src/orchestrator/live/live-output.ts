import type { MarketRow } from '../../market/binance/series/topic-series.ts';
import { STATUS_TYPE } from '../../model/market.ts';
import { renderStatus, type StreamStatus } from '../../model/stream-status.ts';
import { parseTopic, shortTopic } from '../../model/topic.ts';
import { RowLines } from './row-lines.ts';

/** Rows of one topic that follow each other in the stream. */
export interface OutputRows {
  readonly subject: string;
  readonly lines: Buffer;
  readonly rows: number;
  /** Time of the last one, unix ms. */
  readonly ts: number;
}

export interface LiveOutputOptions {
  readonly sessionId: string;
  readonly write: (rows: OutputRows) => void;
}

/** Gives rows their envelope; status rows go where a component asked for them. */
export class LiveOutput {
  readonly #options: LiveOutputOptions;
  readonly #lines = new Map<string, RowLines>();
  #wanted: ReadonlySet<string> = new Set();

  constructor(options: LiveOutputOptions) {
    this.#options = options;
  }

  /** Short topics that somebody wants. */
  want(topics: readonly string[]): void {
    this.#wanted = new Set(topics);
  }

  row({ topic, ts, json }: MarketRow): void {
    if (!this.#wanted.has(topic)) return;
    this.#write(topic, ts, json);
  }

  /** `now`: unix ms. */
  status(status: StreamStatus, now: number): void {
    const topic = shortTopic({ type: STATUS_TYPE, symbol: parseTopic(status.topic).symbol });
    if (this.#wanted.has(topic)) this.#write(topic, now, renderStatus(status, now));
  }

  #write(topic: string, ts: number, json: string): void {
    let lines = this.#lines.get(topic);
    if (lines === undefined) {
      lines = new RowLines(this.#options.sessionId, topic);
      this.#lines.set(topic, lines);
    }
    this.#options.write({ subject: lines.subject, lines: lines.line(ts, json), rows: 1, ts });
  }
}
