import { AegisError } from '../../model/errors.ts';
import type { ColumnTape, TapeValues } from '../../tape/column-tape.ts';
import type { Batch, TopicSource } from '../topic-cursor.ts';
import type { ColumnMemory } from './column-memory.ts';

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

/** Reads the columns of one topic's batches when a slice has rows of them. */
export class TopicColumns {
  readonly #source: TopicSource;
  #tape: ColumnTape | undefined;
  #tapeIndex = -1;
  #current: ColumnBatch | undefined;
  /** Of the slice in progress; their memory is still read. */
  readonly #before: ColumnBatch[] = [];
  readonly #memory: ColumnMemory;

  constructor(source: TopicSource, memory: ColumnMemory) {
    this.#source = source;
    this.#memory = memory;
  }

  /** See {@link ColumnTape.plain}; all tapes of a topic are alike. */
  get plain(): boolean {
    if (this.#source.tapes === 0) return false;
    return (this.#tape ?? this.#open(0)).plain;
  }

  /** Valid until {@link recycle}, the one that was asked for last also after it. */
  batch({ tape, index }: Batch): ColumnBatch {
    const known = this.#current;
    if (known?.tape === tape && known.index === index) return known;
    if (known !== undefined) this.#before.push(known);
    const opened = this.#open(tape);
    let memory = new ArrayBuffer(0);
    const columns = opened.batch(index, (bytes) => {
      memory = this.#memory.claim(bytes);
      return memory;
    });
    this.#current = { tape, index, plain: opened.plain, columns, memory };
    return this.#current;
  }

  /** The slice is done: what it has read may be overwritten, but for the newest batch. */
  recycle(): void {
    for (const { memory } of this.#before) this.#memory.give(memory);
    this.#before.length = 0;
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
}
