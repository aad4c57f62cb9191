import type { FakeEvent } from '../../fake/options.ts';
import type { MarketName } from '../../model/market.ts';
import { count } from '../../model/text.ts';

/** What to type next. */
export function nextLines(url: string, market: MarketName): string[] {
  const chosen = market === 'spot' ? '' : ` --market ${market}`;
  return [
    `next: aegisctl session create live --mode realtime${chosen} --endpoint ${url}`,
    `      curl -d '{"kind":"disconnect"}' ${url}/__fake/misbehave`,
  ];
}

/** One line about what a client did. */
export function eventLine(event: FakeEvent): string {
  switch (event.type) {
    case 'connected':
      return `connection ${event.connection}: ${event.url}`;
    case 'subscribed':
    case 'unsubscribed':
      return `connection ${event.connection}: ${event.type} ${some(event.streams)}`;
    case 'disconnected':
      return `connection ${event.connection}: ended (${event.reason}) after ${count(event.frames)} frames`;
    case 'refused':
      return `refused ${event.url}: ${event.reason}`;
    case 'request':
      return `${event.status} ${event.url}`;
    default:
      return event satisfies never;
  }
}

/** Names beyond these are counted. */
const SHOWN = 6;

function some(streams: readonly string[]): string {
  const rest = streams.length - SHOWN;
  return `${streams.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
