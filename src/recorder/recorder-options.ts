import type { BusLog } from '../bus/log.ts';
import type { Market } from '../model/market.ts';

export interface RecorderOptions {
  readonly log: BusLog;
  /** See `recordingFolder`. */
  readonly folder: string;
  /** Name of the session. */
  readonly session: string;
  readonly sessionId: string;
  readonly run: number;
  readonly market: Market;
  /** What was taken is sealed after so many rows, and after so long; defaults 1 000 000 and ten minutes. */
  readonly sealRows?: number;
  readonly sealMs?: number;
  readonly onEvent: (event: RecorderEvent) => void;
}

/** `seq`: rows of the merged stream below it. */
export type RecorderEvent =
  /** They are on disk for good: the log need not keep them. */
  | { readonly type: 'sealed'; readonly seq: number; readonly rows: number }
  /** Rows `from` to `to`, both included, are not in the recording: the log did not have them any more. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number; readonly text: string }
  /** Another run has begun before everything of this one was taken. */
  | { readonly type: 'overtaken'; readonly seq: number; readonly text: string };

export interface SealOptions {
  /** Given when the run has ended: nothing will follow. Stream hash of each component that took its whole stream. */
  readonly hashes?: Readonly<Record<string, string>>;
  /** Default 60 000. */
  readonly limitMs?: number;
}
