import type { RateWindow } from './rate-window.ts';
import type { SocketEvent } from './socket-event.ts';
import type { SocketTimings } from './socket-settings.ts';

export interface RedialOptions {
  readonly timings: Pick<SocketTimings, 'backoffMs' | 'maxBackoffMs'>;
  /** Shared by all that connect from here. */
  readonly budget: RateWindow;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly onEvent: (event: SocketEvent) => void;
}

/**
 * When to connect next: exponential back-off with full jitter, so that what was cut together does not come back together,
 * and never more attempts than the budget has. Pure but for the events; times in ms.
 */
export class Redial {
  readonly #options: RedialOptions;
  #attempt = 0;
  #dueAt = Number.NEGATIVE_INFINITY;

  constructor(options: RedialOptions) {
    this.#options = options;
  }

  /** Whether to try now; a true counts as an attempt. */
  ready(now: number): boolean {
    if (now < this.#dueAt) return false;
    const { budget, timings, random } = this.#options;
    if (budget.take(now)) {
      this.#attempt += 1;
      return true;
    }
    this.#wait(now, budget.freeIn(now) + random() * timings.backoffMs, 'budget');
    return false;
  }

  /** The attempt failed, or what it brought was lost. `atLeastMs`: the exchange asks for it. */
  failed(now: number, atLeastMs = 0): void {
    const { timings, random } = this.#options;
    const most = Math.min(timings.maxBackoffMs, timings.backoffMs * 2 ** Math.max(0, this.#attempt - 1));
    this.#wait(now, Math.max(atLeastMs, random() * most), 'back-off');
  }

  /** The connection has held: the next attempt is a first one. */
  settled(): void {
    this.#attempt = 0;
  }

  #wait(now: number, delayMs: number, because: 'back-off' | 'budget'): void {
    this.#dueAt = now + delayMs;
    this.#options.onEvent({ type: 'waiting', attempt: this.#attempt + 1, delayMs, because });
  }
}
