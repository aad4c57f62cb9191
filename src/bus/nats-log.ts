import { setTimeout as delay } from 'node:timers/promises';
import { DiscardPolicy, type JetStreamManager, type NatsConnection, nanos, RetentionPolicy, StorageType } from 'nats';
import { AegisError } from '../model/errors.ts';
import { type LogLimits, logName, logSubjects } from '../model/wire/live-log.ts';
import { ignoreAway } from './away.ts';
import type { BusLog, LogAppend, LogMessage, ReadLogOptions } from './log.ts';
import { explained, orUndefined, placeOf } from './nats-log-answer.ts';
import { LogHeader } from './nats-log-header.ts';
import { readDirect } from './nats-log-read.ts';

export interface NatsLogOptions {
  readonly connection: NatsConnection;
  readonly sessionId: string;
  /** Whether the connection is up. */
  readonly isUp: () => boolean;
}

const READ_MESSAGES = 2_048;
const READ_BYTES = 1 << 20;
/** Waiting at the end of the log: the shortest and the longest pause between two questions. */
const SHORT_PAUSE_MS = 10;
const LONG_PAUSE_MS = 50;
/** Between two attempts while NATS is away. */
const AWAY_PAUSE_MS = 200;
const ACK_WITHIN_MS = 5_000;

/** JetStream remembers ids so long to drop doubles, of which there are none: the least that it allows. */
const DUPLICATES_MS = 100;

const LOG_CONFIG = {
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  allow_direct: true,
} as const;

/** A session's log in JetStream. */
export class NatsLog implements BusLog {
  readonly #connection: NatsConnection;
  readonly #isUp: () => boolean;
  readonly #name: string;
  readonly #subjects: string[];
  readonly #header = new LogHeader();
  #manager: Promise<JetStreamManager> | undefined;

  constructor({ connection, sessionId, isUp }: NatsLogOptions) {
    this.#connection = connection;
    this.#isUp = isUp;
    this.#name = logName(sessionId);
    this.#subjects = logSubjects(sessionId);
  }

  async open({ maxAgeMs, maxBytes }: LogLimits): Promise<void> {
    const limits = { max_age: nanos(maxAgeMs), max_bytes: maxBytes };
    const config = { ...LOG_CONFIG, ...limits, duplicate_window: nanos(DUPLICATES_MS) };
    await this.#ask(async ({ streams }) => {
      const there = await orUndefined(streams.info(this.#name));
      if (there === undefined) await streams.add({ name: this.#name, subjects: this.#subjects, ...config });
      else await streams.update(this.#name, { ...there.config, subjects: this.#subjects, ...config });
    });
  }

  async purge(): Promise<void> {
    await this.#ask(({ streams }) => streams.purge(this.#name));
  }

  async extent(): Promise<{ readonly first: number; readonly last: number }> {
    const { state } = await this.#ask(({ streams }) => streams.info(this.#name));
    return { first: state.messages === 0 ? state.last_seq + 1 : state.first_seq, last: state.last_seq };
  }

  async at(place: number): Promise<LogMessage | undefined> {
    const message = await this.from(place);
    return message?.place === place ? message : undefined;
  }

  async from(place: number): Promise<LogMessage | undefined> {
    for (let seq = place; ; ) {
      const { messages, next } = await this.#batch(seq, 1);
      const [message] = messages;
      if (message !== undefined || next === seq) return message;
      seq = next;
    }
  }

  async lastOn(subject: string): Promise<LogMessage | undefined> {
    const found = await this.#ask(({ streams }) =>
      orUndefined(streams.getMessage(this.#name, { last_by_subj: subject })),
    );
    return found === undefined ? undefined : this.at(found.seq);
  }

  async find(run: number, seq: number): Promise<number | undefined> {
    let { first, last } = await this.extent();
    let found: LogMessage | undefined;
    while (first <= last) {
      const middle = Math.floor((first + last) / 2);
      const message = await this.from(middle);
      if (message === undefined || message.place > last) last = middle - 1;
      else if (endsAfter(message, run, seq)) {
        found = message;
        last = middle - 1;
      } else first = message.place + 1;
    }
    if (found === undefined || found.at.run !== run || found.at.seq > seq) return undefined;
    return found.place;
  }

  append({ subject, payload, ...where }: LogAppend): boolean {
    if (!this.#isUp()) return false;
    this.#connection.publish(subject, payload, { headers: this.#header.of(where) });
    return true;
  }

  async appendAcked({ subject, payload, ...where }: LogAppend): Promise<{ readonly place: number } | 'stale'> {
    this.#checkUp();
    const options = { headers: this.#header.of(where), timeout: ACK_WITHIN_MS };
    try {
      const answer = await this.#connection.request(subject, payload, options);
      return placeOf(JSON.parse(Buffer.from(answer.data).toString('utf8')), this.#name);
    } catch (error) {
      throw explained(error, this.#name);
    }
  }

  async *read(from: number, options: ReadLogOptions): AsyncGenerator<readonly LogMessage[]> {
    const { signal, maxMessages = READ_MESSAGES, follow = true } = options;
    let place = from;
    let pause = SHORT_PAUSE_MS;
    while (!signal.aborted) {
      const answer = await this.#batch(place, maxMessages).catch(ignoreAway);
      if (answer === 'away') {
        await rest(AWAY_PAUSE_MS, signal);
        place = Math.min(place, await this.#end(place));
        continue;
      }
      if (answer.messages.length > 0) yield answer.messages;
      if (answer.next > place) pause = SHORT_PAUSE_MS;
      place = answer.next;
      if (answer.more) continue;
      if (!follow) return;
      // Asking again at once would fetch a few messages at a time, thousands of times a second.
      await rest(pause, signal);
      pause = Math.min(2 * pause, LONG_PAUSE_MS);
    }
  }

  async remove(): Promise<void> {
    await this.#ask(({ streams }) => orUndefined(streams.delete(this.#name)));
  }

  /** Place of the next message: a loss of power may have taken the newest ones. `otherwise`: when nobody answers. */
  #end(otherwise: number): Promise<number> {
    return this.extent().then(
      ({ last }) => last + 1,
      () => otherwise,
    );
  }

  async #batch(place: number, batch: number) {
    this.#checkUp();
    try {
      return await readDirect(this.#connection, this.#name, { seq: Math.max(place, 1), batch, max_bytes: READ_BYTES });
    } catch (error) {
      throw explained(error, this.#name);
    }
  }

  async #ask<T>(question: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    this.#checkUp();
    this.#manager ??= this.#connection.jetstreamManager({ checkAPI: false });
    try {
      return await question(await this.#manager);
    } catch (error) {
      throw explained(error, this.#name);
    }
  }

  #checkUp(): void {
    if (this.#isUp()) return;
    throw new AegisError('DEPENDENCY_DOWN', 'the connection to NATS is down', { where: this.#name });
  }
}

/** Whether row `seq` of a run lies in the message or before it. */
function endsAfter({ at }: LogMessage, run: number, seq: number): boolean {
  return at.run === run ? at.seq + at.rows > seq : at.run > run;
}

/** Ends early, without an error, when `signal` is aborted. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
