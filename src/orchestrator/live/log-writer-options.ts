import type { Bus } from '../../bus/bus.ts';
import type { LogLimits } from '../../model/wire/live-log.ts';
import type { DirectSender } from './direct-sender.ts';

export interface LogWriterOptions {
  readonly bus: Bus;
  readonly sessionId: string;
  readonly run: number;
  readonly limits: LogLimits;
  /**
   * What is known of the run from elsewhere, e.g. from its recording. The log may have lost it: it discards by age. Neither
   * an epoch nor a row is numbered below. Default: 0, 0.
   */
  readonly floor?: { readonly epoch: number; readonly seq: number };
  /** How much is kept of what is not known to be in the log; default 64 MiB. */
  readonly windowBytes?: number;
  /**
   * How long rows are kept although the log has them, ms: longer than it takes JetStream to sync its files, so that a loss of
   * power where NATS runs takes nothing. Default 2 000.
   */
  readonly keepMs?: number;
  /** Gets every message that is sent to the log, too; the log's may then wait a little. */
  readonly direct?: Pick<DirectSender, 'send' | 'connected'>;
  readonly onEvent: (event: LogWriterEvent) => void;
}

/** `text`: for operators. */
export type LogWriterEvent =
  /** Rows do not reach the log: they are kept as long as there is room. */
  | { readonly type: 'away'; readonly text: string }
  /** All is in the log again. `rows`: sent again, with the numbers they had. */
  | { readonly type: 'back'; readonly rows: number; readonly text: string }
  /** Rows `from` to `to`, both included, that were sent are not in the log and cannot be sent again. */
  | { readonly type: 'lost'; readonly from: number; readonly to: number; readonly text: string }
  /** Another orchestrator writes: this one has ended. `run`, `epoch`: the other's. */
  | { readonly type: 'fenced'; readonly run: number; readonly epoch: number; readonly text: string };

export interface LogWrite {
  /** Full topic of the rows. */
  readonly subject: string;
  /** Whole lines of one topic. They are kept: not to be changed any more. */
  readonly lines: Uint8Array;
  /** Number of lines, at least 1. */
  readonly rows: number;
  /** Time of the last row, unix ms. */
  readonly ts: number;
}
