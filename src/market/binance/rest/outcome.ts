import { messageOf } from '../../../model/errors.ts';
import { errorBody, refused } from './refusal.ts';

/** What became of one try of a request. */
export type Outcome =
  | { readonly done: true; readonly value: unknown }
  /** Another try may help. */
  | { readonly done: false; readonly reason: 'limited' | 'retry'; readonly text: string };

const BY_STATUS: ReadonlyMap<number, string> = new Map([
  [403, 'its firewall blocks this request'],
  [451, 'it does not serve this place'],
]);

/** Of an answer that is neither 418 nor 429. Throws EXCHANGE_REFUSED where another try is of no use. */
export function judgeAnswer(url: string, status: number, body: string): Outcome {
  if (status >= 500 || status === 408) return { done: false, reason: 'retry', text: `the exchange answers ${status}` };
  const value = parsed(body);
  const error = errorBody(value);
  if (error !== undefined) throw refused({ url, status, ...error });
  if (status !== 200) throw refused({ url, status, text: BY_STATUS.get(status) ?? body.slice(0, 200) });
  return value === undefined ? { done: false, reason: 'retry', text: 'the answer is not JSON' } : { done: true, value };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Why `fetch` has failed: it hides what went wrong in the cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof TypeError ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
