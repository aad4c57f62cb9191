import type { Inbound } from '../../model/protocol/inbound.ts';
import type { OutgoingBody } from '../../model/protocol/outgoing.ts';
import type { ComponentReport, ReportAnswer } from '../../model/report.ts';
import type { Authentication } from './session-port.ts';

export const TIMERS = [
  'register',
  'answer',
  'dataSocket',
  'step',
  'legacy',
  'configureAck',
  'silence',
  'ping',
  'leave',
] as const;
export type TimerName = (typeof TIMERS)[number];

/** What the rules of a connection ask of its session. */
export type Question =
  | { readonly type: 'authenticate'; readonly token: string }
  | { readonly type: 'report'; readonly session: string; readonly report: ComponentReport }
  | {
      readonly type: 'dataSocket';
      readonly sessionId: string;
      readonly id: string;
      readonly topics: readonly string[];
    };

export type Answer =
  | { readonly type: 'authenticate'; readonly result: Authentication }
  | { readonly type: 'report'; readonly result: ReportAnswer }
  | { readonly type: 'dataSocket'; readonly path: string }
  /** The session could not be reached within the limit. */
  | { readonly type: 'unreachable'; readonly reason: string };

/** What happens to a connection. Times are unix ms. */
export type ConnectionEvent =
  | { readonly type: 'opened' }
  | { readonly type: 'inbound'; readonly inbound: Inbound; readonly now: number }
  | { readonly type: 'answer'; readonly call: number; readonly answer: Answer }
  | { readonly type: 'timer'; readonly timer: TimerName }
  /** The component ended its side: what it sent before still counts. */
  | { readonly type: 'ended' }
  /** The connection is of no use any more: it takes no bytes, or the server closes. */
  | { readonly type: 'lost'; readonly reason: string }
  /** A newer connection has the id. */
  | { readonly type: 'replaced' }
  | { readonly type: 'reborn' }
  /** Nobody waits for the answer to CONFIGURE any more. */
  | { readonly type: 'reconfigureLapsed' }
  | { readonly type: 'keepConfig' | 'reconfigure'; readonly config: Readonly<Record<string, unknown>> }
  | { readonly type: 'shutdown' };

/** What the shell has to do, in this order. */
export type ConnectionAction =
  | { readonly type: 'send'; readonly body: OutgoingBody; readonly correlationId: string | null }
  | { readonly type: 'ask'; readonly call: number; readonly question: Question }
  /** A report whose answer does not matter to the connection. */
  | { readonly type: 'tell'; readonly session: string; readonly report: ComponentReport }
  | { readonly type: 'registered' }
  | { readonly type: 'rebornAcknowledged' }
  /** The CONFIGURE that came while it ran is taken, or refused for a reason. */
  | { readonly type: 'reconfigured'; readonly problem?: string }
  | { readonly type: 'arm'; readonly timer: TimerName; readonly ms: number }
  | { readonly type: 'disarm'; readonly timer: TimerName }
  /** Sends what is waiting, then ends the connection. All timers are over. */
  | { readonly type: 'close'; readonly reason: string };
