import { mkdirSync } from 'node:fs';
import type { LogMessage } from '../bus/log.ts';
import { AegisError } from '../model/errors.ts';
import { fullTopic } from '../model/topic.ts';
import { type Recording, type RecordingGap, readRecording, writeRecording } from '../tape/recording.ts';
import type { RecorderOptions } from './recorder-options.ts';
import { removeUnsealed, TopicRecording } from './topic-recording.ts';

type FilesOptions = Pick<RecorderOptions, 'folder' | 'session' | 'sessionId' | 'run' | 'market'>;

/**
 * The files of a recording. What was taken counts when it is sealed; what is not sealed at a crash is taken from the log
 * again. Synchronous: it has a thread of its own.
 */
export class RecordingFiles {
  readonly #options: FilesOptions;
  readonly #topics = new Map<string, TopicRecording>();
  readonly #subjectStart: number;
  #recording: Recording;
  /** Rows below are taken, or in a gap. */
  #next: number;
  #rows: number;
  #lastTs: number | undefined;
  #gaps: readonly RecordingGap[];
  #wanted: readonly string[];
  #epoch: number;
  /** Why a seal went wrong: it may have taken rows that are in no part now, so nothing may follow. */
  #broken: unknown;

  /** Throws TAPE_DAMAGED when what is there cannot be read, STREAM_FAILED when it is of another run. */
  constructor(options: FilesOptions) {
    const { folder, session, sessionId, run, market } = options;
    this.#options = options;
    this.#subjectStart = fullTopic(sessionId, '').length;
    mkdirSync(folder, { recursive: true });
    this.#recording = readRecording(folder) ?? {
      version: 1,
      session,
      sessionId,
      run,
      market,
      state: 'recording',
      seq: 0,
      epoch: 0,
      rows: 0,
      topics: [],
      wanted: [],
      gaps: [],
      hashes: {},
    };
    if (this.#recording.sessionId !== sessionId || this.#recording.run !== run) {
      throw new AegisError('STREAM_FAILED', 'the recording there is one of another run', { where: folder });
    }
    const { seq, rows, gaps, topics, wanted, epoch } = this.#recording;
    removeUnsealed(folder, seq);
    for (const sealed of topics) this.#topicOf(sealed.topic);
    this.#lastTs = topics.length === 0 ? undefined : Math.max(...topics.map(({ lastTs }) => lastTs));
    this.#next = seq;
    this.#rows = rows;
    this.#gaps = gaps;
    this.#wanted = wanted;
    this.#epoch = epoch;
  }

  /** Number of the next row that is taken. */
  get next(): number {
    return this.#next;
  }

  get rows(): number {
    return this.#rows;
  }

  /** What is on disk for good. */
  get recording(): Recording {
    return this.#recording;
  }

  get unsealedRows(): number {
    return this.#rows - this.#recording.rows;
  }

  want(topics: readonly string[]): void {
    this.#wanted = [...new Set([...this.#wanted, ...topics])].sort();
  }

  /**
   * Rows that were taken already are left out. A message that begins after `next` leaves a gap, which is returned. Throws
   * STREAM_FAILED when an epoch begins below `next`: the log has lost rows, and others may get their numbers.
   */
  take(message: LogMessage): RecordingGap | undefined {
    if (this.#broken !== undefined) throw this.#broken;
    const { at } = message;
    if (at.rows === 0 && at.seq < this.#next) throw this.#numberedAnew(at.seq);
    this.#epoch = Math.max(this.#epoch, at.epoch);
    if (at.seq + at.rows <= this.#next) return undefined;
    const gap = at.seq > this.#next ? this.#gap(at.seq, at.ts) : undefined;
    if (at.rows > 0) this.#takeRows(message);
    return gap;
  }

  /**
   * Everything that was taken is on disk for good. `hashes`: nothing will follow. Throws errors of the file system; then nothing
   * more is taken or sealed: the recording stays what it was.
   */
  seal(hashes: Readonly<Record<string, string>> | undefined): void {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      this.#sealAll(hashes);
    } catch (error) {
      this.#broken = error;
      throw error;
    }
  }

  abort(): void {
    for (const topic of this.#topics.values()) topic.abort();
  }

  #sealAll(hashes: Readonly<Record<string, string>> | undefined): void {
    for (const topic of this.#topics.values()) topic.seal();
    const topics = [...this.#topics.values()].flatMap(({ sealed }) => (sealed === undefined ? [] : [sealed]));
    const recording = {
      ...this.#recording,
      state: hashes === undefined ? this.#recording.state : ('sealed' as const),
      seq: this.#next,
      epoch: this.#epoch,
      rows: this.#rows,
      topics,
      wanted: [...this.#wanted],
      gaps: [...this.#gaps],
      hashes: hashes ?? this.#recording.hashes,
    };
    writeRecording(this.#options.folder, recording);
    this.#recording = recording;
  }

  #takeRows({ subject, payload, at }: LogMessage): void {
    const topic = subject.slice(this.#subjectStart);
    const taken = this.#next - at.seq;
    const lines = this.#topicOf(topic).take(payload, at.seq, taken);
    if (lines !== at.rows) {
      const text = `a message of the log says ${at.rows} rows and has ${lines}`;
      throw new AegisError('STREAM_FAILED', text, { where: `topic ${topic}, row ${at.seq}` });
    }
    this.#rows += at.rows - taken;
    this.#next = at.seq + at.rows;
    this.#lastTs = at.ts;
  }

  #gap(seq: number, toTs: number): RecordingGap {
    const from = this.#lastTs === undefined ? {} : { fromTs: this.#lastTs };
    const gap = { from: this.#next, to: seq - 1, ...from, toTs };
    this.#gaps = [...this.#gaps, gap];
    this.#next = seq;
    return gap;
  }

  #numberedAnew(seq: number): AegisError {
    const text = `the log goes on at row ${seq}, and the rows below ${this.#next} are recorded: it has lost them`;
    return new AegisError('STREAM_FAILED', text, { where: this.#options.folder });
  }

  #topicOf(topic: string): TopicRecording {
    const there = this.#topics.get(topic);
    if (there !== undefined) return there;
    const { folder, session, sessionId, run, market } = this.#options;
    const sealed = this.#recording.topics.find((each) => each.topic === topic);
    const made = new TopicRecording({ session, sessionId, run, market, topic }, folder, sealed);
    this.#topics.set(topic, made);
    return made;
  }
}
