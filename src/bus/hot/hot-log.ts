import { setTimeout as delay } from 'node:timers/promises';
import { type LogLimits, logName } from '../../model/wire/live-log.ts';
import { ignoreAway } from '../away.ts';
import type { Bus } from '../bus.ts';
import type { BusLog, LogAppend, LogMessage, ReadLogOptions } from '../log.ts';
import { logHeader } from '../log-header.ts';
import type { Outgoing } from './link.ts';

export interface HotLogOptions {
  readonly sessionId: string;
  /** False: the message is dropped. */
  readonly send: (message: Outgoing) => boolean;
  /** A connection of the library, opened with the first call. Throws DEPENDENCY_DOWN, also when only the hot one is down. */
  readonly library: () => Promise<Bus>;
}

/** Between two attempts while NATS is away. */
const AWAY_PAUSE_MS = 200;

/**
 * A session's log: rows go out over the hot connection; whatever JetStream is asked goes over one of the library, which is
 * made when the first question is.
 */
export class HotLog implements BusLog {
  readonly #options: HotLogOptions;

  constructor(options: HotLogOptions) {
    // Refused now, not with the first question.
    logName(options.sessionId);
    this.#options = options;
  }

  async open(limits: LogLimits): Promise<void> {
    await (await this.#log()).open(limits);
  }

  async purge(): Promise<void> {
    await (await this.#log()).purge();
  }

  async extent(): Promise<{ readonly first: number; readonly last: number }> {
    return (await this.#log()).extent();
  }

  async at(place: number): Promise<LogMessage | undefined> {
    return (await this.#log()).at(place);
  }

  async from(place: number): Promise<LogMessage | undefined> {
    return (await this.#log()).from(place);
  }

  async lastOn(subject: string): Promise<LogMessage | undefined> {
    return (await this.#log()).lastOn(subject);
  }

  async find(run: number, seq: number): Promise<number | undefined> {
    return (await this.#log()).find(run, seq);
  }

  append({ subject, payload, mayWait = false, ...where }: LogAppend): boolean {
    return this.#options.send({ subject, payload, header: logHeader(where), mayWait });
  }

  async appendAcked(message: LogAppend): Promise<{ readonly place: number } | 'stale'> {
    return (await this.#log()).appendAcked(message);
  }

  async *read(from: number, options: ReadLogOptions): AsyncGenerator<readonly LogMessage[]> {
    while (!options.signal.aborted) {
      const log = await this.#log().catch(ignoreAway);
      if (log !== 'away') return yield* log.read(from, options);
      await delay(AWAY_PAUSE_MS, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }

  async remove(): Promise<void> {
    await (await this.#log()).remove();
  }

  async #log(): Promise<BusLog> {
    const { library, sessionId } = this.#options;
    return (await library()).log(sessionId);
  }
}
