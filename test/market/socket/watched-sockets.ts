import { onTestFinished } from 'vitest';
import type { Endpoints } from '../../../src/market/binance/endpoints.ts';
import type { SocketFrame } from '../../../src/market/binance/socket/held-frames.ts';
import { MarketSockets, type MarketSocketsOptions } from '../../../src/market/binance/socket/market-sockets.ts';
import type { SocketEvent } from '../../../src/market/binance/socket/socket-event.ts';
import type { SocketTimings } from '../../../src/market/binance/socket/socket-settings.ts';
import type { ExchangeStream, StreamPath } from '../../../src/market/binance/stream/stream-name.ts';
import { until } from '../../support/until.ts';

/** A day of the exchange in a second or two. */
const FAST: Partial<SocketTimings> = {
  tickMs: 5,
  handshakeMs: 1_000,
  backoffMs: 20,
  maxBackoffMs: 100,
  stableMs: 50,
  overlapMs: 300,
  drainMs: 50,
  replyMs: 500,
  silenceRotationMs: 200,
};

export interface Watched {
  readonly sockets: MarketSockets;
  readonly events: SocketEvent[];
  /** By stream, in the order of delivery. */
  readonly ids: Map<string, number[]>;
  readonly frames: SocketFrame[];
  /** With the number of frames that had been delivered when it was told. */
  readonly losses: { readonly event: Extract<SocketEvent, { type: 'lost' }>; readonly framesBefore: number }[];
  /** Waits for an event of a kind, counting those that there have been. */
  event<T extends SocketEvent['type']>(type: T, times?: number): Promise<Extract<SocketEvent, { type: T }>>;
  /** Waits until every one of the streams has delivered something that came after this call. */
  sounding(streams: readonly ExchangeStream[]): Promise<void>;
  of<T extends SocketEvent['type']>(type: T): Extract<SocketEvent, { type: T }>[];
}

export type WatchOptions = Partial<Omit<MarketSocketsOptions, 'onFrame' | 'onEvent' | 'endpoints'>>;

/** Sockets to a scripted exchange that remember what they told. Closed when the test ends. */
export function watchSockets(exchange: { readonly endpoints: Endpoints }, options: WatchOptions = {}): Watched {
  const events: SocketEvent[] = [];
  const frames: SocketFrame[] = [];
  const ids = new Map<string, number[]>();
  const losses: Watched['losses'] = [];
  const sockets = new MarketSockets({
    market: 'spot',
    patience: () => undefined,
    ...options,
    limits: { attempts: 1_000, ...options.limits },
    timings: { ...FAST, ...options.timings },
    endpoints: exchange.endpoints,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'lost') losses.push({ event, framesBefore: frames.length });
    },
    onFrame: (frame) => {
      frames.push(frame);
      if (frame.stream === undefined) return;
      const known = ids.get(frame.stream) ?? [];
      const id: number = JSON.parse(String(frame.text)).data.id;
      known.push(id);
      ids.set(frame.stream, known);
    },
  });
  onTestFinished(() => sockets.close());
  const of = <T extends SocketEvent['type']>(type: T) => events.filter((event) => isOf(event, type));
  return {
    sockets,
    events,
    frames,
    losses,
    ids,
    of,
    event: (type, times = 1) => until(`${type} (${times})`, () => of(type)[times - 1], 60_000),
    sounding: async (streams) => {
      const before = new Map(streams.map(({ name }) => [name, ids.get(name)?.length ?? 0]));
      const all = () => streams.every(({ name }) => (ids.get(name)?.length ?? 0) > (before.get(name) ?? 0));
      await until('all streams deliver', all, 60_000);
    },
  };
}

function isOf<T extends SocketEvent['type']>(event: SocketEvent, type: T): event is Extract<SocketEvent, { type: T }> {
  return event.type === type;
}

export function streams(names: readonly string[], path: StreamPath = ''): ExchangeStream[] {
  return names.map((name) => ({ name, path }));
}

/** What is left of ids when duplicates are dropped as a series does it: whatever is not above the last one. */
export function withoutDuplicates(ids: readonly number[]): number[] {
  let last = Number.NEGATIVE_INFINITY;
  return ids.filter((id) => {
    if (id <= last) return false;
    last = id;
    return true;
  });
}

/** Ids that are missing between the first and the last, after duplicates are dropped. */
export function missingIds(ids: readonly number[]): number[] {
  const kept = new Set(withoutDuplicates(ids));
  const [first = 0] = ids;
  const missing: number[] = [];
  for (let id = first; id < Math.max(first, ...ids); id += 1) if (!kept.has(id)) missing.push(id);
  return missing;
}
