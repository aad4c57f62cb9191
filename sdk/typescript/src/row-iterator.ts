import type { Batch } from './batch.ts';
import type { Row, Stream } from './rows.ts';

type Step<S extends Stream> = IteratorResult<Row<S>, void>;

/** The rows of batches, one by one. Not an async generator: that makes several promises for each row. */
export class RowIterator<S extends Stream> implements AsyncGenerator<Row<S>, void> {
  readonly #batches: AsyncGenerator<Batch<S>, void>;
  #rows: Iterator<Row<S>> | undefined;
  #pending: Promise<Step<S>> | undefined;

  constructor(batches: AsyncGenerator<Batch<S>, void>) {
    this.#batches = batches;
  }

  next(): Promise<Step<S>> {
    if (this.#pending !== undefined) return this.#pending.then(() => this.next());
    try {
      const step = this.#rows?.next();
      if (step !== undefined && step.done !== true) return Promise.resolve(step);
    } catch (error) {
      return this.throw(error);
    }
    this.#pending = this.#nextBatch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  return(): Promise<Step<S>> {
    return this.#end(this.#batches.return());
  }

  throw(error: unknown): Promise<Step<S>> {
    return this.#end(this.#batches.throw(error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #nextBatch(): Promise<Step<S>> {
    this.#rows = undefined;
    for (;;) {
      const batch = await this.#batches.next();
      if (batch.done === true) return batch;
      const rows = batch.value[Symbol.iterator]();
      const step = rows.next();
      if (step.done === true) continue;
      this.#rows = rows;
      return step;
    }
  }

  async #end(ended: Promise<IteratorResult<unknown, void>>): Promise<Step<S>> {
    this.#rows = undefined;
    await ended;
    return { done: true, value: undefined };
  }
}
