import { existsSync, readFileSync } from 'node:fs';
import { type RunStatus, runStatusPath } from '../../model/run-status.ts';
import type { Session } from '../../model/session.ts';
import type { CliContext } from './context.ts';
import { count, duration, time } from './table.ts';

/** Lines are written no more often than this where progress cannot be drawn in place, ms. */
const PLAIN_EVERY_MS = 5_000;

/** Progress of a start and a run on standard error: state, clock of the data, rows/s, time to go. */
export class RunProgress {
  readonly #context: CliContext;
  #last = '';
  #lastAt = 0;

  constructor(context: CliContext) {
    this.#context = context;
  }

  show(session: Session): void {
    if (this.#context.json) return;
    const line = progressLine(session, readRunStatus(this.#context.home, session));
    if (line === this.#last) return;
    if (this.#context.interactive) process.stderr.write(`\r\x1b[K${line}`);
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
}

function progressLine(session: Session, status: RunStatus | undefined): string {
  const state = session.paused ? 'PAUSED' : session.state;
  if (status === undefined) return `${state} ${session.components.map((c) => `${c.name}: ${c.state}`).join(', ')}`;
  if (session.state !== 'RUNNING') return `${state} ${status.text ?? ''}`.trimEnd();
  const { rows, totalRows, ts, rate } = status;
  if (rows === 0) return `${state} no row has been taken yet`;
  const left = rate > 0 ? `, ${duration(((totalRows - rows) / rate) * 1_000)} to go` : '';
  return `${state} ${time(ts)} UTC  ${count(rows)} of ${count(totalRows)} rows, ${count(rate)} rows/s${left}`;
}

/** The run's status as its host last wrote it; undefined before the first run. */
export function readRunStatus(home: string, session: Session): RunStatus | undefined {
  const path = runStatusPath(home, session.name, session.id, session.run);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
