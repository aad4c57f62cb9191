import type { Market } from '../../../model/market.ts';
import type { Endpoints } from '../endpoints.ts';

export interface StreamUrlOptions {
  readonly market: Market;
  readonly endpoints: Endpoints;
  readonly urlCharacters: number;
}

/**
 * The URL of a combined connection with as many names as fit in; `left`: those that did not. Spot is asked for µs, the
 * futures have ms only.
 */
export function streamUrl(
  { market, endpoints, urlCharacters }: StreamUrlOptions,
  path: string,
  streams: readonly string[],
): { url: string; left: readonly string[] } {
  const base = `${endpoints.socket}${path}/stream`;
  const unit = market === 'spot' ? 'timeUnit=MICROSECOND' : '';
  const names: string[] = [];
  let length = base.length + unit.length + '?streams=&'.length;
  for (const name of streams.map(encodeURI)) {
    length += name.length + 1;
    if (length > urlCharacters) break;
    names.push(name);
  }
  const query = [names.length === 0 ? '' : `streams=${names.join('/')}`, unit].filter((part) => part !== '').join('&');
  return { url: query === '' ? base : `${base}?${query}`, left: streams.slice(names.length) };
}
