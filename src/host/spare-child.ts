import { Child } from './child.ts';

export interface SpareChildOptions {
  /** Folder of its entries below `src`: `main` is forked when it is wanted, `spare` before. */
  readonly folder: string;
  /** Without a demand for so long the next one is made ready, ms; default 2 000. */
  readonly quietMs?: number;
}

interface Spare<Sent extends object, Received extends object> {
  readonly child: Child<Sent, Received>;
  onOutput: (line: string) => void;
}

/**
 * Keeps one process of a kind ready, so that nobody waits for it to start. It is replaced when there is time: many that
 * are wanted at once would wait for the start of spares, too.
 */
export class SpareChild<Sent extends object, Received extends object> {
  readonly #options: SpareChildOptions;
  #spare: Spare<Sent, Received> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: SpareChildOptions) {
    this.#options = options;
  }

  /** The spare one, or a new one. */
  take(onOutput: (line: string) => void): Child<Sent, Received> {
    const spare = this.#spare;
    this.#spare = undefined;
    this.#prepareLater();
    if (spare === undefined) return new Child({ entry: `${this.#options.folder}/main`, onOutput });
    spare.onOutput = onOutput;
    return spare.child;
  }

  /** Makes one ready unless there is one. */
  prepare(): void {
    if (this.#spare !== undefined || this.#ended) return;
    const child = new Child<Sent, Received>({
      entry: `${this.#options.folder}/spare`,
      onOutput: (line) => spare.onOutput(line),
    });
    const spare: Spare<Sent, Received> = { child, onOutput: () => {} };
    this.#spare = spare;
    void child.exited.then(() => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  /** Ends the spare one, and makes no other. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#spare?.child.end();
  }

  #prepareLater(): void {
    clearTimeout(this.#timer);
    const { quietMs = 2_000 } = this.#options;
    this.#timer = setTimeout(() => this.prepare(), quietMs).unref();
  }
}
