import { SingleBar } from 'cli-progress';
import type { CliContext } from '../context.ts';
import { count, duration } from '../table.ts';

/** Lines are written no more often than this where a bar cannot be drawn, ms. */
const PLAIN_EVERY_MS = 5_000;

export interface WorkState {
  readonly done: number;
  readonly total: number;
  /** Rows or bytes so far. */
  readonly amount: number;
}

/** Progress of long work on files: a bar on a terminal, a line now and then elsewhere, nothing with --json. */
export class WorkProgress {
  readonly #context: CliContext;
  readonly #verb: string;
  readonly #unit: 'rows' | 'bytes';
  readonly #started = Date.now();
  readonly #bar: SingleBar | undefined;
  #nextLine = Date.now() + PLAIN_EVERY_MS;
  #drawn = false;

  constructor(context: CliContext, verb: string, unit: 'rows' | 'bytes') {
    this.#context = context;
    this.#verb = verb;
    this.#unit = unit;
    if (context.interactive && !context.json) {
      const format = `${verb} {bar} {value}/{total} files  {rate}  {left}  {clock}`;
      this.#bar = new SingleBar({ format, hideCursor: true, barsize: 24, fps: 5, clearOnComplete: true });
    }
  }

  show({ done, total, amount }: WorkState): void {
    if (this.#context.json) return;
    const elapsed = Math.max(Date.now() - this.#started, 1);
    const rate = this.#rate((amount / elapsed) * 1_000);
    const left = done === 0 ? '' : `${duration((elapsed / done) * (total - done))} to go`;
    const clock = new Date().toISOString().slice(11, 19);
    if (this.#bar !== undefined) {
      if (!this.#drawn) this.#bar.start(total, 0, { rate, left, clock });
      this.#drawn = true;
      this.#bar.update(done, { rate, left, clock });
    } else if (Date.now() >= this.#nextLine) {
      this.#nextLine = Date.now() + PLAIN_EVERY_MS;
      this.#context.err(`${clock} ${this.#verb} ${done} of ${total} files, ${rate}${left === '' ? '' : `, ${left}`}`);
    }
  }

  end(): void {
    if (this.#drawn) this.#bar?.stop();
  }

  /** How long it took so far, ms. */
  get elapsed(): number {
    return Date.now() - this.#started;
  }

  #rate(perSecond: number): string {
    return this.#unit === 'rows' ? `${count(perSecond)} rows/s` : `${(perSecond / 1e6).toFixed(1)} MB/s`;
  }
}
