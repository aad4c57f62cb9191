/** Spot sends µs to whoever asks with `timeUnit=MICROSECOND`. */
export type TimeUnit = 'ms' | 'us';

/** `malformed`: no JSON; `truncated`: the second half is missing. */
export type Damage = 'malformed' | 'truncated';

/** What goes to the subscribers of a stream, before it has the form of a connection. */
export interface Frame {
  /** As subscribed: `btcusdt@aggTrade`. */
  readonly stream: string;
  /** The number that orders frames of a stream: trade id, aggregate id, update id, open time of the bar. */
  readonly id: number;
  /** It reaches the wire damaged: see `faults`. */
  readonly damage?: Damage;
  /** The payload, made at most once per unit. */
  payload(unit: TimeUnit): string;
}

/** A frame whose payload is made when somebody wants it. */
export function lazyFrame(stream: string, id: number, make: (unit: TimeUnit) => string): Frame {
  const made: Partial<Record<TimeUnit, string>> = {};
  return {
    stream,
    id,
    payload: (unit) => {
      made[unit] ??= make(unit);
      return made[unit];
    },
  };
}

/** Unix µs in a unit. */
export function inUnit(us: number, unit: TimeUnit): number {
  return unit === 'us' ? us : Math.floor(us / 1_000);
}

/** The same frame with another payload. */
export function changedFrame(frame: Frame, change: (payload: string) => string): Frame {
  return { ...frame, payload: (unit) => change(frame.payload(unit)) };
}

/** The text on the wire: alone, or with the name of its stream. */
export function wireText(frame: Frame, form: { readonly combined: boolean; readonly unit: TimeUnit }): string {
  const payload = frame.payload(form.unit);
  const text = form.combined ? `{"stream":"${frame.stream}","data":${payload}}` : payload;
  if (frame.damage === 'truncated') return text.slice(0, Math.floor(text.length / 2));
  return frame.damage === 'malformed' ? text.replace(':', '') : text;
}
