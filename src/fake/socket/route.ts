import type { Market } from '../../model/market.ts';
import type { TimeUnit } from '../frames/frame.ts';

/** Which streams a path serves: USD-M is split since 2026-04-23. */
export type StreamGroup = 'all' | 'public' | 'market' | 'private';

/** What the URL of a socket asks for. */
export interface Route {
  readonly group: StreamGroup;
  /** Frames carry the name of their stream. */
  readonly combined: boolean;
  readonly unit: TimeUnit;
  readonly streams: readonly string[];
}

const PATH = /^(?:\/(public|market|private))?\/(ws|stream)(?:\/(.*))?$/;
/** Streams of `/public` on USD-M, also served without a prefix; the others belong to `/market`. */
const PUBLIC = /@(depth\d*|rpiDepth|bookTicker|trade)(@|$)|^!bookTicker$/;

/** Undefined: no such path. `url`: path and query of the request. */
export function parseRoute(market: Market, url: string): Route | undefined {
  const { pathname, searchParams } = URL.parse(url, 'http://localhost') ?? {};
  const [matched, prefix, form, rest = ''] = PATH.exec(decoded(pathname ?? '')) ?? [];
  if (searchParams === undefined) return undefined;
  if (matched === undefined || (prefix !== undefined && market !== 'um')) return undefined;
  const combined = form === 'stream';
  const names = combined ? (searchParams.get('streams') ?? '') : rest;
  const micros = market === 'spot' && searchParams.get('timeUnit')?.toUpperCase() === 'MICROSECOND';
  return {
    group: market === 'um' ? groupOf(prefix) : 'all',
    combined,
    unit: micros ? 'us' : 'ms',
    streams: names.split('/').filter((name) => name !== ''),
  };
}

/** A stream of another path is acknowledged and stays silent. */
export function serves(group: StreamGroup, stream: string): boolean {
  switch (group) {
    case 'all':
      return true;
    case 'public':
      return PUBLIC.test(stream);
    case 'market':
      return !PUBLIC.test(stream);
    case 'private':
      return false;
    default:
      return group satisfies never;
  }
}

/** Symbols may be of any script. What cannot be decoded is no path. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return '';
  }
}

function groupOf(prefix: string | undefined): StreamGroup {
  return prefix === 'market' || prefix === 'private' ? prefix : 'public';
}
