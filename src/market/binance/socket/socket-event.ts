/** What happens to the connections of a market. Every disconnect and every new connection is one of these, with its reason. */
export type SocketEvent =
  /** The connection is up, and its streams are asked for. */
  | { readonly type: 'opened'; readonly connection: number; readonly streams: readonly string[] }
  /** Its streams come over no other connection: events are missing from here to the next `opened`. */
  | { readonly type: 'lost'; readonly connection: number; readonly streams: readonly string[]; readonly reason: string }
  /** An attempt to connect failed. `status`: the exchange answered with this HTTP status. */
  | { readonly type: 'refused'; readonly connection: number; readonly reason: string; readonly status?: number }
  /** Before attempt `attempt` since the last connection that held. `budget`: too many attempts of late, not back-off. */
  | {
      readonly type: 'waiting';
      readonly attempt: number;
      readonly delayMs: number;
      readonly because: 'back-off' | 'budget';
    }
  /** The exchange will close the connection soon. */
  | { readonly type: 'shutdownAnnounced'; readonly connection: number }
  /** Another connection is built beside this one, which goes on. */
  | { readonly type: 'rotating'; readonly connection: number; readonly reason: string }
  /** `connection` has taken over from `before` and delivers all of its streams. */
  | { readonly type: 'rotated'; readonly connection: number; readonly before: number; readonly reason: string }
  /** `connection` was lost before it could take over, or given up: it does not deliver `missing`, which the old one does. */
  | {
      readonly type: 'rotationFailed';
      readonly connection: number;
      readonly missing: readonly string[];
      readonly reason: string;
    }
  /** The exchange has acknowledged it, which does not mean that it delivers. */
  | {
      readonly type: 'subscribed' | 'unsubscribed';
      readonly connection: number;
      readonly streams: readonly string[];
    }
  /** The exchange refused to subscribe or unsubscribe, or did not answer. */
  | {
      readonly type: 'requestFailed';
      readonly connection: number;
      readonly method: RequestMethod;
      readonly streams: readonly string[];
      readonly problem: string;
    }
  /** Subscribed, and nothing came for `forMs`. */
  | { readonly type: 'silent'; readonly stream: string; readonly forMs: number; readonly remedy: SilenceRemedy }
  /** It has come back after `forMs`. */
  | { readonly type: 'sounding'; readonly stream: string; readonly forMs: number };

export type RequestMethod = 'SUBSCRIBE' | 'UNSUBSCRIBE';

/** What is done about it: first it is subscribed anew, then its connection is replaced. */
export type SilenceRemedy = 'resubscribe' | 'reconnect';

/** One line for operators. */
export function socketEventText(event: SocketEvent): string {
  switch (event.type) {
    case 'opened':
      return `connection ${event.connection} is open with ${streamsText(event.streams)}`;
    case 'lost':
      return `connection ${event.connection} is lost with ${streamsText(event.streams)}: ${event.reason}`;
    case 'refused':
      return `connection ${event.connection} did not come about: ${event.reason}`;
    case 'waiting':
      return `attempt ${event.attempt} to connect in ${Math.round(event.delayMs)} ms (${event.because})`;
    case 'shutdownAnnounced':
      return `the exchange will close connection ${event.connection} soon`;
    case 'rotating':
      return `connection ${event.connection} is being replaced: ${event.reason}`;
    case 'rotated':
      return `connection ${event.connection} has taken over from ${event.before}: ${event.reason}`;
    case 'rotationFailed':
      return `connection ${event.connection} could not take over: ${event.reason}`;
    case 'subscribed':
    case 'unsubscribed':
      return `connection ${event.connection}: ${streamsText(event.streams)} ${event.type}`;
    case 'requestFailed':
      return `connection ${event.connection}: ${event.method} of ${streamsText(event.streams)}: ${event.problem}`;
    case 'silent':
      return `${event.stream}: nothing came for ${Math.round(event.forMs)} ms, ${REMEDY_TEXT[event.remedy]}`;
    case 'sounding':
      return `${event.stream}: it has come back after ${Math.round(event.forMs)} ms`;
    default:
      return event satisfies never;
  }
}

const REMEDY_TEXT = { resubscribe: 'it is subscribed anew', reconnect: 'its connection is replaced' } as const;

export function streamsText(streams: readonly string[]): string {
  const shown = streams.slice(0, 3).join(', ');
  return streams.length <= 3 ? shown || 'no stream' : `${shown} and ${streams.length - 3} more`;
}
