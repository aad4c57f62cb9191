import type { ScenarioProgress } from '../../conformance/check-component.ts';
import type { CliContext } from './context.ts';

/** Which scenarios are played: drawn in place on a terminal, a line for each elsewhere, nothing with --json. */
export class CheckProgress {
  readonly #context: CliContext;
  readonly #playing = new Set<string>();
  #drawn = false;

  constructor(context: CliContext) {
    this.#context = context;
  }

  show({ scenario, event, done, total }: ScenarioProgress): void {
    if (this.#context.json) return;
    const { id, title } = scenario;
    if (event === 'begins') this.#playing.add(id);
    else this.#playing.delete(id);
    if (this.#context.interactive) this.#draw(`checked ${done} of ${total}: ${[...this.#playing].join(', ')}`);
    else if (event === 'ended') this.#context.err(`  ${done} of ${total}: ${id}, ${title}`);
  }

  end(): void {
    if (this.#drawn) process.stderr.write('\r\x1b[K');
  }

  #draw(line: string): void {
    const columns = process.stderr.columns || 80;
    process.stderr.write(`\r\x1b[K${line.length < columns ? line : `${line.slice(0, columns - 2)}…`}`);
    this.#drawn = true;
  }
}
