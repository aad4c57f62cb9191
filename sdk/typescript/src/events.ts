import type { ArrowBatch } from './arrow-batch.ts';
import type { Batch } from './batch.ts';
import type { Asked } from './configuring.ts';
import type { Needs } from './protocol.ts';
import type { Settings } from './settings.ts';

/** What the control thread is started with. */
export interface ControlOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly needs: Needs;
}

/** What the component tells the control thread. */
export type ControlOrder =
  /** `problem`: why it refuses the configuration. */
  | { readonly type: 'configured'; readonly asked: Asked; readonly problem?: string }
  | { readonly type: 'acknowledge'; readonly messageId: string }
  | { readonly type: 'setState'; readonly state: string; readonly message: string }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly recoverable: boolean }
  | { readonly type: 'leave' }
  | { readonly type: 'close' };

export interface Reborn {
  readonly type: 'reborn';
  /** Aegis waits for its ACK. */
  readonly messageId: string;
}

export interface Shutdown {
  readonly type: 'shutdown';
  /** Aegis waits for its ACK. */
  readonly messageId: string;
}

/** What the control thread tells the component. */
export type ControlEvent =
  | { readonly type: 'registered'; readonly componentId: string; readonly sessionId: string }
  /** Aegis waits until the component has taken or refused this configuration. */
  | { readonly type: 'configured'; readonly asked: Asked }
  /** Aegis has accepted RUNNING, for the first time or after a reconnect. */
  | { readonly type: 'running' }
  | Reborn
  | Shutdown
  /** For good. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  /** The connection has ended as it was asked to. */
  | { readonly type: 'closed' };

/** What happens to a component, one after another. */
export type ComponentEvent =
  | Extract<ControlEvent, { type: 'configured' | 'running' }>
  | { readonly type: 'rows'; readonly batch: Batch | ArrowBatch }
  /** The last row that an earlier process was given has come again, and was handled. */
  | { readonly type: 'caughtUp' }
  | Reborn
  | Shutdown
  /** The component has called `stop`. */
  | { readonly type: 'leave' };
