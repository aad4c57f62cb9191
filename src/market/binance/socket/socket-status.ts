import type { StreamLine } from './stream-line.ts';

/** A connection as operators see it. */
export interface ConnectionStatus {
  /** Undefined: there is none at the moment, the next attempt is being waited for. */
  readonly connection: number | undefined;
  readonly path: string;
  readonly state: 'open' | 'connecting' | 'waiting';
  /** Another one is being built beside it. */
  readonly rotating: boolean;
  readonly streams: number;
  /** Since it was opened, ms. */
  readonly ageMs: number;
  /** Since anything came over it, ms. */
  readonly quietMs: number | undefined;
}

/** `now`: ms of the monotonic clock. */
export function connectionStatus({ current, path, rotating, streams }: StreamLine, now: number): ConnectionStatus {
  const heard = current?.lastHeard;
  return {
    connection: current?.number,
    path,
    state: current === undefined ? 'waiting' : current.isOpen ? 'open' : 'connecting',
    rotating,
    streams: streams.size,
    ageMs: current?.age(now) ?? 0,
    quietMs: heard === undefined ? undefined : now - heard,
  };
}
