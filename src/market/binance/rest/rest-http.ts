import { setTimeout as delay } from 'node:timers/promises';
import { AegisError } from '../../../model/errors.ts';
import { judgeAnswer, type Outcome, reasonOf } from './outcome.ts';
import { banned, retryAfterMs } from './refusal.ts';
import { type RestRequest, urlOf } from './rest-request.ts';
import { WeightBudget } from './weight-budget.ts';

/** Why a request is not sent yet. */
export interface RestWait {
  /** `weight`: the budget of this minute is used; `limited`: the exchange answered 429; `retry`: the last try failed. */
  readonly reason: 'weight' | 'limited' | 'retry';
  readonly ms: number;
  /** Path of the request, and what happened. */
  readonly text: string;
}

export interface RestHttpOptions {
  /** Without a final slash. */
  readonly baseUrl: string;
  readonly weightPerMinute: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
  /** Unix ms. */
  readonly now?: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly signal?: AbortSignal;
  readonly onWait?: (wait: RestWait) => void;
  /** An answer that is not complete after so long counts as none; default 10 s. */
  readonly timeoutMs?: number;
  /** How often a request is tried before EXCHANGE_UNREACHABLE; default 12, with pauses about 1.5 minutes. */
  readonly attempts?: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
const LIMITED_MS = 60_000;
const BANNED_MS = 2 * 60_000;
const WAIT_TEXT = {
  weight: 'the weight of this minute is used',
  limited: 'the exchange has answered 429: too many requests',
} as const;

/**
 * Asks the REST server of one market within the limits of the exchange: waits before the weight of a minute is used up,
 * obeys 429 and its Retry-After, tries again with growing pauses after network errors and 5xx, and asks nothing while
 * banned (418).
 */
export class RestHttp {
  readonly #options: RestHttpOptions;
  readonly #budget: WeightBudget;
  readonly #now: () => number;
  #bannedUntil = 0;

  constructor(options: RestHttpOptions) {
    this.#options = options;
    this.#budget = new WeightBudget(options.weightPerMinute);
    this.#now = options.now ?? Date.now;
  }

  /** Throws EXCHANGE_REFUSED, EXCHANGE_UNREACHABLE, INTERRUPTED. */
  async get(request: RestRequest): Promise<unknown> {
    const { path, weight, signal: own } = request;
    const { attempts = 12, baseUrl } = this.#options;
    const url = urlOf(baseUrl, request);
    const signal = AbortSignal.any([own, this.#options.signal].filter((one) => one !== undefined));
    for (let attempt = 1; ; attempt++) {
      await this.#takeTurn(url, path, weight, signal);
      const outcome = await this.#try(url, signal);
      if (outcome.done) return outcome.value;
      if (attempt >= attempts) {
        throw new AegisError('EXCHANGE_UNREACHABLE', `${outcome.text} (tried ${attempt} times)`, { where: url });
      }
      // Of `limited` the budget knows until when, for all requests.
      if (outcome.reason === 'limited') continue;
      await this.#wait({ reason: 'retry', ms: pauseMs(attempt), text: `${path}: ${outcome.text}` }, url, signal);
    }
  }

  async #takeTurn(url: string, path: string, weight: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (this.#now() < this.#bannedUntil) throw banned(url, this.#bannedUntil);
      const wait = this.#budget.wait(weight, this.#now());
      if (wait === undefined) break;
      await this.#wait({ ...wait, text: `${path}: ${WAIT_TEXT[wait.reason]}` }, url, signal);
    }
    this.#budget.spend(weight, this.#now());
  }

  async #try(url: string, signal: AbortSignal): Promise<Outcome> {
    const { fetch = globalThis.fetch, timeoutMs = 10_000, headers = {} } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(url, { headers, signal: AbortSignal.any([signal, timeout]) });
      return this.#judge(url, response, await response.text());
    } catch (error) {
      if (AegisError.is(error)) throw error;
      if (signal.aborted) throw interrupted(url);
      const text = timeout.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
      return { done: false, reason: 'retry', text };
    }
  }

  #judge(url: string, { status, headers }: Response, body: string): Outcome {
    const now = this.#now();
    this.#budget.counted(Number(headers.get('x-mbx-used-weight-1m') ?? 0), now);
    const after = retryAfterMs(headers.get('retry-after'), now);
    if (status === 418) {
      this.#bannedUntil = now + (after ?? BANNED_MS);
      throw banned(url, this.#bannedUntil);
    }
    if (status === 429) {
      this.#budget.holdUntil(now + (after ?? LIMITED_MS));
      return { done: false, reason: 'limited', text: 'the exchange answers 429: too many requests' };
    }
    return judgeAnswer(url, status, body);
  }

  async #wait(wait: RestWait, url: string, signal: AbortSignal): Promise<void> {
    this.#options.onWait?.(wait);
    const { sleep = (ms, abort) => delay(ms, undefined, { signal: abort }) } = this.#options;
    await sleep(wait.ms, signal).catch(() => undefined);
    if (signal.aborted) throw interrupted(url);
  }
}

/** Half of it is chance, so that the processes of a host do not come back in step. */
function pauseMs(attempt: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  return Math.round(full / 2 + Math.random() * (full / 2));
}

function interrupted(url: string): AegisError {
  return new AegisError('INTERRUPTED', 'the request was given up', { where: url });
}
