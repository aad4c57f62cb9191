import { setTimeout as delay } from 'node:timers/promises';
import type { BusLog, LogMessage } from '../bus/log.ts';
import { AegisError } from '../model/errors.ts';
import type { Recording } from '../tape/recording.ts';
import type { RecorderOptions, SealOptions } from './recorder-options.ts';
import { RecordingFiles } from './recording-files.ts';

const SEAL_ROWS = 1_000_000;
const SEAL_MS = 600_000;
const SEAL_LIMIT_MS = 60_000;
const RETRY_MS = 250;

interface Waiting {
  readonly seq: number;
  readonly wake: () => void;
}

/**
 * Records one run of a realtime session: takes the rows from its log and writes them to tapes, in the order in which they
 * were delivered. It begins where the recording ends; a crash costs nothing, because the log has what is not sealed.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #log: BusLog;
  readonly #files: RecordingFiles;
  #waiting: Waiting[] = [];
  #sealedAt = performance.now();

  /** Throws TAPE_DAMAGED when the recording that is there cannot be read, STREAM_FAILED when it is of another run. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#files = new RecordingFiles(options);
  }

  /** Rows of the merged stream below are taken, but for the gaps. */
  get next(): number {
    return this.#files.next;
  }

  /** Rows that were taken. */
  get rows(): number {
    return this.#files.rows;
  }

  /** What is on disk for good. */
  get recording(): Recording {
    return this.#files.recording;
  }

  /** Short topics that somebody wants now: so that one without rows is told from one that was not recorded. */
  want(topics: readonly string[]): void {
    this.#files.want(topics);
  }

  /**
   * Records until `signal` is aborted, or another run has begun; while NATS is away it waits. Seals nothing at its end: see
   * `sealUpTo`. Throws what makes recording impossible: a full disk, STREAM_FAILED.
   */
  async run(signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.#sealIfDue(), 1_000);
    try {
      while (!signal.aborted) {
        const place = await this.#begin(signal);
        if (place === undefined || (await this.#takeFrom(place, signal)) === 'overtaken') return;
      }
    } catch (error) {
      this.#files.abort();
      throw error;
    } finally {
      clearInterval(timer);
    }
  }

  /** Resolves when the rows below `seq` are on disk for good. Throws TIMEOUT when the log does not give them in time. */
  async sealUpTo(seq: number, { hashes, limitMs = SEAL_LIMIT_MS }: SealOptions = {}): Promise<void> {
    if (this.next < seq) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push({ seq, wake: resolve });
      await Promise.race([promise, delay(limitMs, undefined, { ref: false })]);
    }
    if (this.next < seq) {
      const text = `the recording is at row ${this.next} and was to get to ${seq} within ${limitMs} ms`;
      throw new AegisError('TIMEOUT', text, { where: this.#where });
    }
    this.#seal(hashes);
  }

  get #where(): string {
    return `session ${this.#options.session}, run ${this.#options.run}`;
  }

  /** The place in the log from which rows are needed; undefined when aborted. */
  async #begin(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      try {
        const { first, last } = await this.#log.extent();
        const place = await this.#log.find(this.#options.run, this.next);
        if (place !== undefined) return place;
        const newest = await this.#log.at(last);
        return newest !== undefined && this.#isTaken(newest) ? last + 1 : first;
      } catch (error) {
        if (!isAway(error)) throw error;
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  #isTaken({ at }: LogMessage): boolean {
    return at.run === this.#options.run && at.seq + at.rows <= this.next;
  }

  async #takeFrom(place: number, signal: AbortSignal): Promise<'again' | 'overtaken' | 'aborted'> {
    for await (const messages of this.#log.read(place, { signal })) {
      for (const message of messages) {
        const { at } = message;
        if (at.run < this.#options.run) continue;
        if (at.run > this.#options.run) return this.#overtaken(at.run);
        // The log may have got these rows again at another place, after a loss of power.
        if (at.seq > this.next && (await this.#isInLog(this.next))) return 'again';
        this.#take(message);
      }
      this.#wakeWaiting();
    }
    return 'aborted';
  }

  async #isInLog(seq: number): Promise<boolean> {
    const { run } = this.#options;
    for (;;) {
      try {
        return (await this.#log.find(run, seq)) !== undefined;
      } catch (error) {
        if (!isAway(error)) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  #take(message: LogMessage): void {
    const gap = this.#files.take(message);
    if (gap !== undefined) {
      const { from, to } = gap;
      const text = `rows ${from} to ${to} are not recorded: the log does not have them any more`;
      this.#options.onEvent({ type: 'gap', from, to, text });
    }
    if (this.#files.unsealedRows >= (this.#options.sealRows ?? SEAL_ROWS)) this.#seal();
  }

  #sealIfDue(): void {
    const due = performance.now() - this.#sealedAt >= (this.#options.sealMs ?? SEAL_MS);
    if (due && this.next > this.recording.seq) this.#seal();
  }

  #seal(hashes?: Readonly<Record<string, string>>): void {
    this.#files.seal(hashes);
    this.#sealedAt = performance.now();
    this.#options.onEvent({ type: 'sealed', seq: this.next, rows: this.rows });
  }

  #wakeWaiting(): void {
    for (const { wake } of this.#waiting.filter(({ seq }) => seq <= this.next)) wake();
    this.#waiting = this.#waiting.filter(({ seq }) => seq > this.next);
  }

  #overtaken(run: number): 'overtaken' {
    const text = `run ${run} has begun: the recording ends at row ${this.next}`;
    this.#options.onEvent({ type: 'overtaken', seq: this.next, text });
    return 'overtaken';
  }
}

function isAway(error: unknown): boolean {
  return AegisError.is(error) && (error.code === 'DEPENDENCY_DOWN' || error.code === 'TIMEOUT');
}
