import { AegisError } from '../../../model/errors.ts';

export interface RefusalFacts {
  readonly url: string;
  readonly status: number;
  /** The exchange's own number, e.g. -1121. */
  readonly code?: number;
  readonly text: string;
}

/** EXCHANGE_REFUSED: asking the same again is of no use. `details` has `status` and the exchange's `code`. */
export function refused({ url, status, code, text }: RefusalFacts): AegisError {
  const named = code === undefined ? `status ${status}` : `code ${code}, status ${status}`;
  return new AegisError('EXCHANGE_REFUSED', `the exchange refuses: ${text} (${named})`, {
    where: url,
    details: { status, ...(code === undefined ? {} : { code }) },
  });
}

/** The exchange has banned this IP address. `until`: unix ms. */
export function banned(url: string, until: number): AegisError {
  const time = new Date(until).toISOString();
  return new AegisError('EXCHANGE_REFUSED', `the exchange has banned this IP address until ${time}`, {
    where: url,
    remedy: 'Wait until then: Aegis asks nothing before. Whoever goes on asking is banned for longer.',
    details: { status: 418, until },
  });
}

/** The number and text of an error body, `{"code":-1121,"msg":"Invalid symbol."}`; undefined when it is something else. */
export function errorBody(value: unknown): { readonly code: number; readonly text: string } | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('msg' in value)) return undefined;
  const { code, msg } = value;
  return typeof code === 'number' && typeof msg === 'string' ? { code, text: msg.slice(0, 200) } : undefined;
}

/** The time of a `Retry-After`, seconds or a date, in ms from now; undefined without one. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
