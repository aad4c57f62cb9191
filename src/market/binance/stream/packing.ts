import type { StreamLimits } from './limits.ts';
import type { ExchangeStream, StreamPath } from './stream-name.ts';

/** The streams that share one connection. */
export interface PackedConnection {
  /** Never given to another connection as long as this one, or a later one, is there. */
  readonly id: number;
  readonly path: StreamPath;
  /** Names, in the order in which they came; at least one. */
  readonly streams: readonly string[];
}

/** What has to be done to get from one packing to the next. */
export interface PackingChanges {
  readonly open: readonly PackedConnection[];
  readonly close: readonly PackedConnection[];
  readonly change: readonly {
    readonly id: number;
    readonly subscribe: readonly string[];
    readonly unsubscribe: readonly string[];
  }[];
}

/**
 * Packs streams into as few connections as the limits allow. A stream that is carried already stays where it is; new ones
 * fill what has room, then open connections. A connection that lost its last stream is gone. Connections are never merged:
 * moving a stream would make a seam for nothing.
 */
export function pack(
  current: readonly PackedConnection[],
  wanted: readonly ExchangeStream[],
  limits: Pick<StreamLimits, 'streamsPerConnection'>,
): PackedConnection[] {
  const missing = new Map(wanted.map((stream) => [keyOf(stream), stream]));
  const kept = current.map(({ id, path, streams }) => ({
    id,
    path,
    streams: streams.filter((name) => missing.delete(keyOf({ path, name }))),
  }));
  let nextId = Math.max(0, ...current.map(({ id }) => id)) + 1;
  const open = new Map<StreamPath, { id: number; path: StreamPath; streams: string[] }>();
  for (const { path, name } of missing.values()) {
    let place = open.get(path);
    if (place === undefined || place.streams.length >= limits.streamsPerConnection) {
      place = kept.find((one) => one.path === path && one.streams.length < limits.streamsPerConnection);
      if (place === undefined) {
        place = { id: nextId++, path, streams: [] };
        kept.push(place);
      }
      open.set(path, place);
    }
    place.streams.push(name);
  }
  return kept.filter(({ streams }) => streams.length > 0);
}

export function packingChanges(
  before: readonly PackedConnection[],
  after: readonly PackedConnection[],
): PackingChanges {
  const old = new Map(before.map((one) => [one.id, one]));
  const now = new Set(after.map(({ id }) => id));
  return {
    open: after.filter(({ id }) => !old.has(id)),
    close: before.filter(({ id }) => !now.has(id)),
    change: after.flatMap(({ id, streams }) => {
      const previous = old.get(id)?.streams;
      if (previous === undefined) return [];
      const subscribe = without(streams, previous);
      const unsubscribe = without(previous, streams);
      return subscribe.length + unsubscribe.length === 0 ? [] : [{ id, subscribe, unsubscribe }];
    }),
  };
}

function without(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return names.filter((name) => !known.has(name));
}

function keyOf({ path, name }: ExchangeStream): string {
  return `${path} ${name}`;
}
