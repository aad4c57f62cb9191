import { readFileSync } from 'node:fs';
import { type RunStatus, runStatusPath } from '../../model/run-status.ts';
import type { Session } from '../../model/session.ts';
import type { CliContext } from './context.ts';
import { count, duration, time } from './table.ts';

/** Lines are written no more often than this where progress cannot be drawn in place, ms. */
const PLAIN_EVERY_MS = 5_000;
/** A run's own rate is measured over this, so that the time to go does not jump, ms. */
const RATE_WINDOW_MS = 5_000;

interface Sample {
  readonly at: number;
  readonly rows: number;
}

/** Progress of a start and a run on standard error: state, clock of the data, rows/s, time to go. */
export class RunProgress {
  readonly #context: CliContext;
  #samples: Sample[] = [];
  #last = '';
  #lastAt = 0;

  constructor(context: CliContext) {
    this.#context = context;
  }

  show(session: Session): void {
    if (this.#context.json) return;
    const status = readRunStatus(this.#context.home, session);
    const line = progressLine(session, status, this.#rate(status));
    if (line === this.#last) return;
    if (this.#context.interactive) process.stderr.write(`\r\x1b[K${fitted(line)}`);
    else if (!this.#due(line)) return;
    else this.#context.err(line);
    this.#last = line;
    this.#lastAt = Date.now();
  }

  end(): void {
    if (this.#context.interactive && !this.#context.json && this.#last !== '') process.stderr.write('\r\x1b[K');
  }

  #due(line: string): boolean {
    const newState = line.split(' ')[0] !== this.#last.split(' ')[0];
    return newState || Date.now() - this.#lastAt >= PLAIN_EVERY_MS;
  }

  /** Rows per second over the last seconds; the host's own figure until there are some. */
  #rate(status: RunStatus | undefined): number {
    if (status === undefined) return 0;
    const { at, rows, rate } = status;
    const newest = this.#samples.at(-1);
    if (newest !== undefined && rows < newest.rows) this.#samples = [];
    if (newest === undefined || at > newest.at) this.#samples.push({ at, rows });
    const oldest = this.#samples.find((sample) => at - sample.at <= RATE_WINDOW_MS);
    this.#samples = this.#samples.filter((sample) => at - sample.at <= RATE_WINDOW_MS);
    if (oldest === undefined || at - oldest.at < 1_000) return rate;
    return ((rows - oldest.rows) * 1_000) / (at - oldest.at);
  }
}

function progressLine(session: Session, status: RunStatus | undefined, rate: number): string {
  const state = session.paused ? 'PAUSED' : session.state;
  const components = session.components.map((component) => `${component.name}: ${component.state}`).join(', ');
  if (session.state !== 'RUNNING') return `${state} ${status?.text || components}`;
  if (status === undefined || status.rows === 0) return `${state} no row has been taken yet`;
  const { rows, totalRows, ts } = status;
  if (session.spec.mode === 'realtime') return `${state} ${time(ts)} UTC  ${count(rows)} rows, ${count(rate)} rows/s`;
  const left = rate > 0 && !session.paused ? `, ${duration(((totalRows - rows) / rate) * 1_000)} to go` : '';
  const speed = session.paused ? '' : `, ${count(rate)} rows/s${left}`;
  return `${state} ${time(ts)} UTC  ${count(rows)} of ${count(totalRows)} rows${speed}`;
}

/** A line that is wrapped could not be drawn over. */
function fitted(line: string): string {
  const columns = process.stderr.columns || 80;
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
}

/** The run's status as its host last wrote it; undefined before the first run. */
export function readRunStatus(home: string, session: Session): RunStatus | undefined {
  try {
    return JSON.parse(readFileSync(runStatusPath(home, session.name, session.id, session.run), 'utf8'));
  } catch {
    return undefined;
  }
}
