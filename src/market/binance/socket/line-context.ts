import type { Connection } from './connection.ts';
import type { SocketFrame } from './held-frames.ts';
import type { RateWindow } from './rate-window.ts';
import type { SilenceWatch } from './silence.ts';
import type { SocketEvent } from './socket-event.ts';
import type { SocketLimits, SocketTimings } from './socket-settings.ts';

/** What the lines of one market share. */
export interface LineContext {
  readonly limits: SocketLimits;
  readonly timings: SocketTimings;
  readonly budget: RateWindow;
  readonly watch: SilenceWatch;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly nextNumber: () => number;
  /** `left`: streams that have no place in the URL. */
  readonly url: (path: string, streams: readonly string[]) => { url: string; left: readonly string[] };
  readonly onFrame: (frame: SocketFrame) => void;
  readonly onEvent: (event: SocketEvent) => void;
  /** Closes a connection that has had its day. */
  readonly retire: (connection: Connection) => void;
}
