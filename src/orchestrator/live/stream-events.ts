import type { SocketEvent } from '../../market/binance/socket/socket-event.ts';
import type { StreamStatus } from '../../model/stream-status.ts';

/** What an event of the connections means for topics. `topicsOf`: the topics that a stream serves. */
export function statusesOf(event: SocketEvent, topicsOf: (stream: string) => readonly string[]): StreamStatus[] {
  switch (event.type) {
    case 'opened':
    case 'lost': {
      const state = event.type === 'opened' ? 'open' : 'lost';
      const reason = event.type === 'opened' ? `connection ${event.connection}` : event.reason;
      return event.streams.flatMap(topicsOf).map((topic) => ({ kind: 'connection', topic, state, reason }) as const);
    }
    case 'silent':
    case 'sounding': {
      const state = event.type;
      const forMs = Math.round(event.forMs);
      return topicsOf(event.stream).map((topic) => ({ kind: 'silence', topic, state, forMs }) as const);
    }
    default:
      return [];
  }
}

/** Whether operators are told in the session's record; the rest is in the run's file of events. */
export function isNotable({ type }: SocketEvent): boolean {
  return type !== 'subscribed' && type !== 'unsubscribed' && type !== 'rotating' && type !== 'waiting';
}
