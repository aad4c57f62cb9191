import type { ClockMessage } from '../../model/wire/clock.ts';
import { runBytes, runTopic } from '../../model/wire/order.ts';

/** A slice of which every message has arrived. */
export interface Slice {
  readonly clock: ClockMessage;
  /** Lines by topic index; empty where the topic has none. */
  readonly lines: readonly (Uint8Array | undefined)[];
}

/** Collects the messages of a slice until the clock message closes it. */
export class Assembler {
  readonly #topics: number;
  #lines: (Uint8Array | undefined)[];
  /** Two messages of one topic without a clock between them: the clock was lost. */
  #torn = false;

  constructor(topics: number) {
    this.#topics = topics;
    this.#lines = new Array(topics);
  }

  add(topic: number, lines: Uint8Array): void {
    if (this.#lines[topic] !== undefined) this.#torn = true;
    this.#lines[topic] = lines;
  }

  clear(): void {
    this.#lines = new Array(this.#topics);
    this.#torn = false;
  }

  /** The slice, or undefined when something is missing or foreign. */
  close(clock: ClockMessage, expectedSeq: number): Slice | undefined {
    const lines = this.#lines;
    const torn = this.#torn;
    this.clear();
    if (torn || clock.firstSeq !== expectedSeq) return undefined;
    return this.#matches(clock, lines) ? { clock, lines } : undefined;
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
