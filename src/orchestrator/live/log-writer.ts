import { setTimeout as delay } from 'node:timers/promises';
import type { BusLog } from '../../bus/log.ts';
import { AegisError } from '../../model/errors.ts';
import type { LogPosition } from '../../model/wire/live-log.ts';
import { Changes } from './changes.ts';
import { LogConfirmation } from './log-confirmation.ts';
import { standingOf, type TakenEpoch, takeEpoch } from './log-standing.ts';
import { LogWindow, type SentMessage } from './log-window.ts';
import type { LogWrite, LogWriterOptions } from './log-writer-options.ts';

const WINDOW_BYTES = 64 << 20;
/** JetStream syncs its files every second. */
const KEEP_MS = 2_000;
/** So much may be on the way when somebody writes as fast as it goes. */
const ROOM_BYTES = 8 << 20;
const RETRY_MS = 100;
/** JetStream drops what is more than 10,000 messages ahead of its files: two parts at most are on the way. */
const RESEND_BYTES = 1_250_000;
const PART_WITHIN_MS = 5_000;
const NEWLINE = 10;

/** Numbers the rows of a run and writes them to the session's log, each once and in order, whatever becomes of NATS. */
export class LogWriter {
  readonly epoch: number;
  readonly #options: LogWriterOptions;
  readonly #log: BusLog;
  readonly #window: LogWindow;
  readonly #confirmation: LogConfirmation;
  #state: 'sending' | 'away' | 'fenced' | 'closed' = 'sending';
  #seq: number;
  /** Place of the message that was sent last, and the number after its last row. */
  #place: number;
  #sentSeq: number;
  /** Its position; undefined when it may be another's, or JetStream may have forgotten it with its restart. */
  #previous: LogPosition | undefined;
  /** Rows that were sent again since the log was left; undefined when everything is as it should be. */
  #resent: number | undefined;
  readonly #changes = new Changes(() => this.#state === 'fenced' || this.#state === 'closed');

  /**
   * Creates the log, or finds out where it stands, and begins a new epoch. Throws DEPENDENCY_DOWN or TIMEOUT when NATS is
   * away, STREAM_FAILED when the log is at a later run.
   */
  static async open(options: LogWriterOptions): Promise<LogWriter> {
    const { bus, sessionId, run, limits, floor = { epoch: 0, seq: 0 } } = options;
    const log = bus.log(sessionId);
    await log.open(limits);
    const begin = await takeEpoch(log, { bus, sessionId, run, floor });
    const writer = new LogWriter(options, log, begin);
    writer.#checkLost(begin.kept, begin.seq);
    return writer;
  }

  private constructor(options: LogWriterOptions, log: BusLog, { epoch, seq, place }: TakenEpoch) {
    this.#options = options;
    this.#log = log;
    this.epoch = epoch;
    this.#seq = seq;
    this.#sentSeq = seq;
    this.#place = place;
    const { windowBytes = WINDOW_BYTES, keepMs = KEEP_MS } = options;
    this.#window = new LogWindow({ maxBytes: windowBytes, keepMs, stored: seq });
    this.#confirmation = new LogConfirmation({
      log,
      onStored: (at) => this.#onStored(at.seq + at.rows),
      onMissing: (reason) => this.#leave(reason),
    });
    options.bus.onStatus((status) => {
      if (status === 'down') this.#leave('the connection to NATS is lost');
    });
  }

  /** Number of the next row. */
  get seq(): number {
    return this.#seq;
  }

  /** Rows below are in the log. */
  get stored(): number {
    return this.#window.stored;
  }

  /**
   * Takes rows: they reach the log and its subscribers now, or when NATS is back. False, and nothing was taken, when too much
   * is kept because NATS has been away too long, and after `fenced` and `close`.
   */
  write({ subject, lines, rows, ts }: LogWrite): boolean {
    if (this.#state === 'fenced' || this.#state === 'closed') return false;
    const at = { run: this.#options.run, epoch: this.epoch, seq: this.#seq, rows, ts };
    const message = { subject, payload: lines, at };
    if (!this.#window.add(message, performance.now())) return false;
    this.#seq += rows;
    if (this.#state === 'sending' && !this.#send(message)) this.#leave('the connection to NATS is lost');
    return true;
  }

  /** For who writes as fast as it goes: undefined when there is room, else what to wait for. */
  room(): Promise<void> | undefined {
    if (this.#hasRoom()) return undefined;
    return this.#changes.until(() => this.#hasRoom());
  }

  /** Resolves when the log has every row that was taken. Throws TIMEOUT after `limitMs`; STREAM_FAILED when fenced. */
  async flush(limitMs = 10_000): Promise<void> {
    await this.#changes.until(() => this.stored >= this.#seq, limitMs);
    if (this.stored >= this.#seq) return;
    const rows = `rows ${this.stored} to ${this.#seq - 1} are not in the log`;
    const where = `session ${this.#options.sessionId}, run ${this.#options.run}`;
    if (this.#state === 'fenced') {
      throw new AegisError('STREAM_FAILED', `${rows}: another orchestrator writes it`, { where });
    }
    throw new AegisError('TIMEOUT', `${rows} within ${limitMs} ms`, { where });
  }

  /** The last line that the log has of a full topic, with its line end, and the number of its row in the stream. */
  async lastRow(subject: string): Promise<{ readonly seq: number; readonly line: Uint8Array } | undefined> {
    const message = await this.#log.lastOn(subject);
    if (message === undefined || message.at.run !== this.#options.run || message.at.rows === 0) return undefined;
    const { payload, at } = message;
    const start = payload.lastIndexOf(NEWLINE, payload.length - 2) + 1;
    return { seq: at.seq + at.rows - 1, line: payload.subarray(start) };
  }

  /** Writes nothing any more. What is not in the log yet may stay out: `flush` first. */
  close(): void {
    if (this.#state !== 'fenced') this.#state = 'closed';
    this.#confirmation.reset();
    this.#changes.tell();
  }

  #send({ subject, payload, at }: SentMessage): boolean {
    const { direct } = this.#options;
    const previous = this.#previous;
    const chain = previous === undefined ? {} : { previous };
    const mayWait = direct?.connected === true;
    if (!this.#log.append({ subject, payload, at, after: this.#place, mayWait, ...chain })) return false;
    direct?.send({ subject, payload, at });
    this.#previous = at;
    this.#place += 1;
    this.#sentSeq = at.seq + at.rows;
    this.#confirmation.sent(this.#place, at);
    return true;
  }

  #onStored(seq: number): void {
    this.#window.storedUpTo(seq, performance.now());
    this.#changes.tell();
    if (this.#resent === undefined || this.#state !== 'sending') return;
    const rows = this.#resent;
    this.#resent = undefined;
    this.#options.onEvent({ type: 'back', rows, text: `the log has all rows again, ${rows} were sent again` });
  }

  /** Rows are only kept until it is known what the log has. */
  #leave(reason: string): void {
    if (this.#state !== 'sending') return;
    this.#state = 'away';
    this.#confirmation.reset();
    if (this.#resent === undefined) {
      this.#resent = 0;
      this.#options.onEvent({ type: 'away', text: `rows do not reach the log: ${reason}` });
    }
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    while (this.#state === 'away') {
      try {
        this.#confirmation.reset();
        await this.#reconcile();
        await this.#resend();
      } catch {
        // NATS is away still or again. Nothing is lost as long as there is room, and `write` says when there is none.
        await delay(RETRY_MS);
      }
    }
  }

  /** Finds out which rows the log has, and whether it is still this writer's. */
  async #reconcile(): Promise<void> {
    const { run, limits, onEvent } = this.#options;
    await this.#log.open(limits);
    const { last, newest } = await standingOf(this.#log);
    const at = newest?.at;
    if (at !== undefined && (at.run > run || (at.run === run && at.epoch > this.epoch))) {
      this.#state = 'fenced';
      const text = `another orchestrator writes the log: run ${at.run}, epoch ${at.epoch}`;
      onEvent({ type: 'fenced', run: at.run, epoch: at.epoch, text });
      this.#changes.tell();
      return;
    }
    const kept = at?.run === run ? at.seq + at.rows : this.#keptByPlace(last);
    const first = this.#window.firstSeq ?? this.#seq;
    this.#checkLost(kept, first);
    this.#place = last;
    this.#previous = undefined;
    this.#sentSeq = Math.max(kept, first);
    this.#window.storedUpTo(this.#sentSeq, performance.now());
    this.#changes.tell();
  }

  /** When there is nothing in it: everything was discarded, or never came. */
  #keptByPlace(last: number): number {
    return last < this.#place ? this.stored : this.#sentSeq;
  }

  #checkLost(kept: number, next: number): void {
    if (kept >= next) return;
    const text = `rows ${kept} to ${next - 1} are not in the log any more`;
    this.#options.onEvent({ type: 'lost', from: kept, to: next - 1, text });
  }

  /** Sends what the log does not have, also what comes in the meantime, and goes on from there. */
  async #resend(): Promise<void> {
    while (this.#state === 'away') {
      const before = this.#sentSeq;
      for (const message of this.#window.from(this.#sentSeq, RESEND_BYTES)) {
        if (!this.#send(message)) return;
        this.#resent = (this.#resent ?? 0) + message.at.rows;
      }
      if (this.#sentSeq === this.#seq) this.#state = 'sending';
      else if (!(await this.#isKept(before))) return;
    }
    if (this.stored === this.#seq) this.#onStored(this.#seq);
  }

  /** Whether the log has all rows below within a time. */
  async #isKept(seq: number): Promise<boolean> {
    await this.#options.bus.flush();
    await this.#changes.until(() => this.stored >= seq, PART_WITHIN_MS);
    return this.stored >= seq;
  }

  #hasRoom(): boolean {
    return this.#window.unstoredBytes <= ROOM_BYTES;
  }
}
