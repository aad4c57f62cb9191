import type { ErrorData } from '../model/errors.ts';
import type { Market } from '../model/market.ts';
import type { RecorderEvent, SealOptions } from './recorder-options.ts';

/** What the thread of a recorder is started with. */
export interface RecorderThreadData {
  readonly natsUrl: string;
  /** See `recordingFolder`. */
  readonly folder: string;
  readonly session: string;
  readonly sessionId: string;
  readonly run: number;
  readonly market: Market;
  readonly sealRows?: number;
  readonly sealMs?: number;
}

export type RecorderRequest =
  | { readonly type: 'want'; readonly topics: readonly string[] }
  | { readonly type: 'seal'; readonly id: number; readonly seq: number; readonly options: SealOptions }
  | { readonly type: 'stop' };

/** How far a recorder is. Numbers of rows of the merged stream: those below are taken, or on disk for good. */
export interface RecorderStatus {
  readonly next: number;
  readonly sealed: number;
  /** Rows that were taken. */
  readonly rows: number;
}

export type RecorderReport =
  | { readonly type: 'event'; readonly event: RecorderEvent }
  | { readonly type: 'status'; readonly status: RecorderStatus }
  /** Answers the request to seal with this id. */
  | { readonly type: 'answer'; readonly id: number; readonly error?: ErrorData }
  /** It records no more. */
  | { readonly type: 'failed'; readonly error: ErrorData };
