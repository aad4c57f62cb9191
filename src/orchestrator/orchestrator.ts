import { randomBytes } from 'node:crypto';
import type { Bus } from '../bus/bus.ts';
import { AegisError } from '../model/errors.ts';
import { encodeClock } from '../model/wire/clock.ts';
import type { ComponentResults } from '../model/wire/finish.ts';
import type { Lanes } from '../model/wire/lanes.ts';
import { topicSubject } from '../model/wire/subjects.ts';
import type { Checkpoint } from './cursor-log.ts';
import { FeedLink } from './feed-link.ts';
import { Signal } from './signal.ts';
import { nextTurn, SliceSource, type SliceSourceOptions } from './slice-source.ts';
import { Window } from './window.ts';

export interface OrchestratorOptions extends SliceSourceOptions {
  readonly bus: Bus;
  readonly run: number;
  /** A higher attempt fences a lower one. */
  readonly attempt: number;
  readonly paused?: boolean;
  /** Between two questions while nobody answers, or components are awaited. Default 250. */
  readonly askAgainMs?: number;
  /** Without a credit for so long the position is asked for. Default 2 000. */
  readonly probeMs?: number;
  /** Gets what the log should have, one line each. */
  readonly onWarning?: (text: string) => void;
}

export type OrchestratorEnd =
  | {
      readonly type: 'finished';
      readonly rows: number;
      /** From the first slice to the last byte written, ms. */
      readonly elapsedMs: number;
      readonly components: ComponentResults;
    }
  | { readonly type: 'fenced' }
  | { readonly type: 'stopped' };

export interface OrchestratorProgress {
  /** Rows published: also the number of the next row. */
  readonly seq: number;
  /** Rows that every component has taken. */
  readonly credited: number;
  /** Time of the last published row, unix ms; 0 before the first. */
  readonly ts: number;
  readonly epoch: number;
  /** True once the data stream server has said where to begin. */
  readonly streaming: boolean;
  readonly paused: boolean;
  readonly checkpoint: Checkpoint;
}

/**
 * Feeds one run of a session: merges the tapes, publishes slices, keeps a bounded number of them in flight. The data
 * stream server is the authority for positions: this class asks it where to begin, and again after every doubt.
 */
export class Orchestrator {
  readonly #options: OrchestratorOptions;
  readonly #bus: Bus;
  readonly #link: FeedLink;
  readonly #source: SliceSource;
  readonly #subjects: readonly string[];
  readonly #window = new Window();
  readonly #wake = new Signal();
  readonly #abort = new AbortController();
  #paused: boolean;
  #end: OrchestratorEnd | undefined;
  #epoch = 0;
  #synced = false;
  #lanes: Lanes = 'lines';
  #rewindTo: RewindTarget | undefined;
  #slice = 0;
  #credited = 0;
  #ts = 0;
  #startedAt: number | undefined;

  constructor(options: OrchestratorOptions) {
    const { bus, sessionId, run, attempt, topics } = options;
    this.#options = options;
    this.#bus = bus;
    this.#paused = options.paused ?? false;
    this.#subjects = topics.map(({ topic }) => topicSubject(sessionId, topic));
    // Not known before the first answer; JSON of all topics that nobody wants would stay in memory.
    this.#source = new SliceSource({ ...options, lines: false });
    const feed = { run, attempt, instance: randomBytes(8).toString('hex') };
    this.#link = new FeedLink(bus, sessionId, feed, {
      credit: ({ epoch, seq, floor }) => {
        if (epoch === this.#epoch) this.#onCredit(seq, floor);
      },
      rewind: (target) => this.#onRewind(target),
      fenced: () => this.#finishWith({ type: 'fenced' }),
      warning: options.onWarning ?? (() => undefined),
    });
    bus.onStatus(() => {
      this.#synced = false;
      this.#wake.notify();
    });
  }

  get progress(): OrchestratorProgress {
    return {
      seq: this.#source.seq,
      credited: this.#credited,
      ts: this.#ts,
      epoch: this.#epoch,
      streaming: this.#synced,
      paused: this.#paused,
      checkpoint: this.#source.checkpoint,
    };
  }

  /** Slices that are in flight are still delivered. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake.notify();
  }

  stop(): void {
    this.#finishWith({ type: 'stopped' });
  }

  /** Feeds the session until the data ends and everything is written. Throws what makes the run impossible. */
  async run(): Promise<OrchestratorEnd> {
    try {
      while (this.#end === undefined) {
        await this.#step();
      }
      return this.#end;
    } finally {
      this.#link.close();
      this.#source.close();
    }
  }

  async #step(): Promise<void> {
    if (this.#rewindTo !== undefined) return this.#applyRewind(this.#rewindTo);
    if (!this.#synced) return this.#askPosition();
    if (this.#source.done && this.#window.empty) return this.#askFinish();
    if (this.#source.done || this.#window.full || this.#paused) return this.#await();
    this.#publishSlice();
    return nextTurn();
  }

  #publishSlice(): void {
    const { runs } = this.#source;
    const firstSeq = this.#source.seq;
    if (this.#lanes === 'columns') this.#source.cutForColumns();
    else this.#source.cut();
    const topics = runs.topics();
    this.#startedAt ??= performance.now();
    this.#ts = runs.ts;
    const messages = [
      ...(this.#lanes === 'columns' ? [] : this.#lines(topics)),
      ...(this.#lanes === 'lines' ? [] : this.#columns(firstSeq)),
    ];
    const bytes = messages.reduce((sum, { payload }) => sum + payload.length, 0);
    const arenas = messages.flatMap(({ arena }) => (arena === undefined ? [] : [arena]));
    this.#window.add({ endSeq: firstSeq + runs.rows, bytes, arenas });
    for (const { subject, payload } of messages) {
      if (!this.#bus.publish(subject, payload, { epoch: this.#epoch })) {
        this.#doubt();
        return;
      }
    }
    const clock = encodeClock({
      epoch: this.#epoch,
      slice: this.#slice++,
      firstSeq,
      rows: runs.rows,
      ts: runs.ts,
      topics,
      counts: topics.map((topic) => runs.topicRows[topic] ?? 0),
      order: this.#lanes === 'columns' ? NO_ORDER : runs.words(),
      end: this.#source.done,
    });
    if (!this.#bus.publish(this.#link.subjects.clock, clock)) this.#doubt();
  }

  /** The slice as lines: a message for each topic. */
  #lines(topics: readonly number[]): SliceMessage[] {
    const { runs, renderer } = this.#source;
    const arena = this.#window.arena(runs.bytes);
    renderer.render(runs, arena);
    return topics.map((topic, place) => ({
      subject: this.#subjects[topic] ?? '',
      payload: renderer.lines(topic, arena),
      ...(place === 0 ? { arena } : {}),
    }));
  }

  /** The slice as columns: one message. */
  #columns(firstSeq: number): SliceMessage[] {
    const { runs, columns } = this.#source;
    let arena: Buffer | undefined;
    const payload = columns.message(runs, firstSeq, (bytes) => {
      arena = this.#window.arena(bytes);
      return arena;
    });
    return [{ subject: this.#link.subjects.columns, payload, ...(arena === undefined ? {} : { arena }) }];
  }

  /** Nothing to do until a credit, a rewind, a command or a change of the connection. */
  async #await(): Promise<void> {
    const woken = await this.#wake.wait(this.#options.probeMs ?? 2_000);
    if (!woken && !this.#window.empty) this.#doubt();
  }

  async #askPosition(): Promise<void> {
    const nextSeq = this.#source.seq;
    const answer = await this.#link.position(this.#epoch, nextSeq).catch(retryLater);
    if (answer === undefined || answer.state === 'wait') {
      await this.#wake.wait(this.#options.askAgainMs ?? 250);
      return;
    }
    if (answer.state === 'fenced') return this.#finishWith({ type: 'fenced' });
    // A rewind that came meanwhile is newer than the answer when its epoch is.
    if (this.#rewindTo !== undefined && this.#rewindTo.epoch >= answer.epoch) return;
    if (answer.epoch === this.#epoch) {
      this.#synced = true;
      this.#onCredit(answer.credit, answer.floor);
      return;
    }
    this.#rewindTo = answer;
    this.#credited = answer.credit;
  }

  async #applyRewind(target: RewindTarget): Promise<void> {
    this.#epoch = target.epoch;
    this.#lanes = target.lanes;
    this.#source.wantLines(target.lanes !== 'columns');
    this.#slice = 0;
    this.#window.reset();
    await this.#source.seek(target.fromSeq, this.#abort.signal);
    if (this.#end !== undefined || this.#rewindTo !== target) return;
    if (this.#source.seq !== target.fromSeq) {
      throw new AegisError('STREAM_FAILED', `the stream has ${this.#source.seq} rows, asked for was ${target.fromSeq}`);
    }
    this.#rewindTo = undefined;
    this.#synced = this.#bus.connected;
  }

  async #askFinish(): Promise<void> {
    const rows = this.#source.seq;
    this.#startedAt ??= performance.now();
    const answer = await this.#link.finish(this.#epoch, rows).catch(retryLater);
    if (answer?.state === 'done') {
      const elapsedMs = performance.now() - this.#startedAt;
      return this.#finishWith({ type: 'finished', rows, elapsedMs, components: answer.components });
    }
    if (answer?.state === 'fenced') return this.#finishWith({ type: 'fenced' });
    if (answer === undefined) this.#doubt();
    await this.#wake.wait(this.#options.askAgainMs ?? 250);
  }

  #onCredit(seq: number, floor: number): void {
    this.#credited = Math.max(this.#credited, seq);
    this.#window.credit(seq);
    this.#source.prune(floor);
    this.#wake.notify();
  }

  #onRewind(target: RewindTarget): void {
    if (target.epoch <= (this.#rewindTo?.epoch ?? this.#epoch)) return;
    this.#rewindTo = target;
    this.#wake.notify();
  }

  /** Something may be lost: ask before publishing more. */
  #doubt(): void {
    this.#synced = false;
  }

  #finishWith(end: OrchestratorEnd): void {
    this.#end ??= end;
    this.#abort.abort();
    this.#wake.notify();
  }
}

/** Where the stream goes on, under which epoch, and how its rows are published there. */
interface RewindTarget {
  readonly epoch: number;
  readonly fromSeq: number;
  readonly lanes: Lanes;
}

/** A message with rows of a slice. The first one of its arena has it. */
interface SliceMessage {
  readonly subject: string;
  readonly payload: Buffer;
  readonly arena?: Buffer;
}

const NO_ORDER = new Uint32Array(0);

/** Nobody answers: the data stream server or NATS is not there yet. */
function retryLater(error: unknown): undefined {
  if (AegisError.is(error) && (error.code === 'TIMEOUT' || error.code === 'DEPENDENCY_DOWN')) return undefined;
  throw error;
}
