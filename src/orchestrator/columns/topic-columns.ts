import { AegisError } from '../../model/errors.ts';
import type { ColumnTape, TapeValues } from '../../tape/column-tape.ts';
import type { Batch, TopicSource } from '../topic-cursor.ts';

/** The typed columns of a batch of rows. */
export interface ColumnBatch {
  readonly tape: number;
  readonly index: number;
  /** See {@link ColumnTape.plain}. */
  readonly plain: boolean;
  /** Undefined where the values are known without the tape. */
  readonly columns: readonly (TapeValues | undefined)[];
  readonly memory: ArrayBuffer;
}

/** Batches differ a little in size: memory should fit the next one as well. */
const MEMORY_STEP = 64 * 1024;

/** Reads the columns of one topic's batches when a slice has rows of them. */
export class TopicColumns {
  readonly #source: TopicSource;
  #tape: ColumnTape | undefined;
  #tapeIndex = -1;
  #current: ColumnBatch | undefined;
  /** Of the slice in progress; their memory is still read. */
  #before: ColumnBatch[] = [];
  #free: ArrayBuffer | undefined;

  constructor(source: TopicSource) {
    this.#source = source;
  }

  /** Valid until {@link recycle}, the one that was asked for last also after it. */
  batch({ tape, index }: Batch): ColumnBatch {
    const known = this.#current;
    if (known?.tape === tape && known.index === index) return known;
    if (known !== undefined) this.#before.push(known);
    const opened = this.#open(tape);
    let memory = new ArrayBuffer(0);
    const columns = opened.batch(index, (bytes) => {
      memory = this.#claim(bytes);
      return memory;
    });
    this.#current = { tape, index, plain: opened.plain, columns, memory };
    return this.#current;
  }

  /** The slice is done: what it has read may be overwritten, but for the newest batch. */
  recycle(): void {
    const last = this.#before.pop();
    if (last === undefined) return;
    this.#free = last.memory;
    this.#before = [];
  }

  close(): void {
    this.#tape?.close();
    this.#tape = undefined;
    this.#tapeIndex = -1;
  }

  #open(index: number): ColumnTape {
    if (this.#tape !== undefined && this.#tapeIndex === index) return this.#tape;
    this.close();
    const { topic, openColumns } = this.#source;
    if (openColumns === undefined) throw new AegisError('INTERNAL', `topic ${topic} has no columns`);
    this.#tape = openColumns(index);
    this.#tapeIndex = index;
    return this.#tape;
  }

  #claim(bytes: number): ArrayBuffer {
    const free = this.#free;
    this.#free = undefined;
    if (free !== undefined && free.byteLength >= bytes) return free;
    return new ArrayBuffer(Math.ceil(bytes / MEMORY_STEP) * MEMORY_STEP);
  }
}
