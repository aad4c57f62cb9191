import type { BusLog } from '../../../bus/log.ts';
import { AegisError } from '../../../model/errors.ts';
import { endOfLog, type LogEnd } from './log-place.ts';

export interface LogWatchOptions {
  readonly log: BusLog;
  readonly run: number;
  readonly onEnd: (end: LogEnd) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Asks a log how far it reaches, one question at a time. */
export class LogWatch {
  readonly #options: LogWatchOptions;
  #looking = false;
  #closed = false;
  #known = false;

  constructor(options: LogWatchOptions) {
    this.#options = options;
  }

  /** It has answered once: nothing, or how far it reaches. */
  get known(): boolean {
    return this.#known;
  }

  look(): void {
    if (this.#looking || this.#closed) return;
    this.#looking = true;
    void this.#look();
  }

  close(): void {
    this.#closed = true;
  }

  async #look(): Promise<void> {
    const { log, run, onEnd, onFailed } = this.#options;
    try {
      const end = await endOfLog(log, run);
      if (end !== undefined && !this.#closed) onEnd(end);
      this.#known = true;
    } catch (error) {
      // NATS is away, or nobody has opened the log yet: it is asked again.
      if (!AegisError.is(error)) onFailed(error);
      else if (error.code === 'STREAM_FAILED') this.#known = true;
    } finally {
      this.#looking = false;
    }
  }
}
