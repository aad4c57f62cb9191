import type { BusMessage } from '../../bus/bus.ts';
import type { ClockMessage } from '../../model/wire/clock.ts';
import type { SliceColumns } from '../../model/wire/column-block.ts';
import type { ColumnMessage } from '../../model/wire/column-message.ts';
import type { Lanes } from '../../model/wire/lanes.ts';
import { runBytes, runTopic } from '../../model/wire/order.ts';

/** A slice of which every message has arrived. */
export interface Slice {
  readonly clock: ClockMessage;
  /** Lines by topic index; empty where the topic has none. */
  readonly lines: readonly (Uint8Array | undefined)[];
  /** The same rows as columns, where somebody wants them. */
  readonly columns?: SliceColumns | undefined;
}

/** Lines of one topic, in memory that is to be released. */
export type LinesMessage = Pick<BusMessage, 'payload' | 'release'>;

/** Collects the messages of a slice until the clock message closes it. */
export class Assembler {
  readonly #topics: number;
  #lines: (Uint8Array | undefined)[];
  #lent: LinesMessage[] = [];
  /** Two messages of one topic without a clock between them: the clock was lost. */
  #torn = false;
  #columns: ColumnMessage | undefined;

  constructor(topics: number) {
    this.#topics = topics;
    this.#lines = new Array(topics);
  }

  add(topic: number, message: LinesMessage): void {
    if (this.#lines[topic] !== undefined) {
      this.#torn = true;
      message.release();
      return;
    }
    this.#lines[topic] = message.payload;
    this.#lent.push(message);
  }

  addColumns(columns: ColumnMessage): void {
    if (this.#columns !== undefined) this.#torn = true;
    this.#columns = columns;
  }

  clear(): void {
    this.release();
    this.#reset();
  }

  /** Nobody looks at the lines of a slice any more. */
  release(): void {
    for (const message of this.#lent) message.release();
    this.#lent = [];
  }

  /** The slice, or undefined when something is missing or foreign. Its lines are there until {@link release}. */
  close(clock: ClockMessage, expectedSeq: number, lanes: Lanes = 'lines'): Slice | undefined {
    const lines = this.#lines;
    const columns = this.#columns;
    const torn = this.#torn;
    this.#reset();
    if (torn || clock.firstSeq !== expectedSeq) return undefined;
    if (lanes !== 'lines' && (columns?.firstSeq !== clock.firstSeq || columns.rows !== clock.rows)) return undefined;
    if (lanes !== 'columns' && clock.rows > 0 && clock.order.length === 0) return undefined;
    return this.#matches(clock, lines) ? { clock, lines, columns: columns?.columns } : undefined;
  }

  #reset(): void {
    this.#columns = undefined;
    this.#lines = new Array(this.#topics);
    this.#torn = false;
  }

  /** Every topic has exactly the bytes that its runs add up to, and exactly the announced rows. */
  #matches(clock: ClockMessage, lines: readonly (Uint8Array | undefined)[]): boolean {
    const bytes = new Float64Array(this.#topics);
    for (const word of clock.order) {
      const topic = runTopic(word);
      if (topic >= this.#topics) return false;
      bytes[topic] = (bytes[topic] ?? 0) + runBytes(word);
    }
    if (clock.topics.length !== clock.counts.length) return false;
    if (clock.counts.reduce((sum, count) => sum + count, 0) !== clock.rows) return false;
    return bytes.every((sum, topic) => sum === (lines[topic]?.length ?? 0));
  }
}
