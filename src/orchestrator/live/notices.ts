import { appendFileSync } from 'node:fs';

export interface NoticesOptions {
  /** Gets what belongs into the session's record. */
  readonly tell: (event: string, text: string) => void;
  /** File with every notice, one JSON object per line. */
  readonly path: string;
}

const WINDOW_MS = 60_000;
/** The session's record is a history that must stay small. */
const TOLD_PER_WINDOW = 30;

/**
 * What happens to a realtime stream, for operators: all of it in `stream.ndjson` of the run, and as much of it in the
 * session's record as that can bear.
 */
export class Notices {
  readonly #options: NoticesOptions;
  #windowEnds = 0;
  #told = 0;
  #untold = 0;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** `now`: unix ms. */
  add(event: string, text: string, now = Date.now()): void {
    appendFileSync(this.#options.path, `${JSON.stringify({ at: now, event, text })}\n`, { mode: 0o600 });
    if (now >= this.#windowEnds) this.#nextWindow(now);
    if (this.#told >= TOLD_PER_WINDOW) {
      this.#untold += 1;
      return;
    }
    this.#told += 1;
    this.#options.tell(event, text);
  }

  #nextWindow(now: number): void {
    const untold = this.#untold;
    this.#windowEnds = now + WINDOW_MS;
    this.#told = 0;
    this.#untold = 0;
    if (untold > 0)
      this.#options.tell('stream', `${untold} more events of the last minute are in stream.ndjson of the run`);
  }
}
