import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionHandle } from '../../src/client/index.ts';
import { command, python } from '../sdk/stage.ts';
import { type TestAegis, topicsArgs } from '../support/aegis.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const ALL = { symbols: SYMBOLS, streams: ['trades', 'aggTrades', 'klines'], timeframes: ['1m'] };
const SOME = { symbols: ['ETHUSDT', 'SOLUSDT'], streams: ['aggTrades', 'klines'], timeframes: ['1m'] };

/** How a kind of client makes up for what it had not handled when it was killed. */
export type Recovery =
  /** Stores rows with their numbers, begins after the last stored one: its one file has every row once. */
  | 'stored'
  /** Says how many bytes it has received: no row twice; what the kernel held for a killed process is missing. */
  | 'received'
  /** Acknowledges what it has handled: no row is missing, the last ones may come to the next process again. */
  | 'acknowledged'
  /** Begins each process with the first row: the last process has every row. */
  | 'replayed';

export interface ChaosComponent {
  readonly name: Recovery;
  readonly declared: { readonly symbols: string[]; readonly streams: string[]; readonly timeframes: string[] };
}

export interface AttachedComponent extends ChaosComponent {
  readonly id: string;
  /** The file of its rows; but for `stored` each process has its own, with its pid at the end. */
  readonly out: string;
}

export const COMPONENTS: readonly ChaosComponent[] = [
  { name: 'stored', declared: ALL },
  { name: 'received', declared: SOME },
  { name: 'acknowledged', declared: ALL },
  { name: 'replayed', declared: SOME },
];
export { SYMBOLS };

/** Often enough for any schedule, and at once. */
const RESTART = { policy: 'on-failure', limit: 1_000, backoffMs: 100, maxBackoffMs: 500 } as const;
const FOLDER = import.meta.dirname;

export async function attachAll(aegis: TestAegis, session: SessionHandle): Promise<readonly AttachedComponent[]> {
  const attached: AttachedComponent[] = [];
  for (const component of COMPONENTS) {
    const out = join(aegis.home, `${session.name}.${component.name}`);
    const { program, args, env } = programOf(component, paceFile(aegis));
    const declared = [...args, ...topicsArgs(component.declared)];
    const launch =
      component.name === 'stored'
        ? { program, args: [...declared, '--out', out] }
        : { program: '/bin/sh', args: ['-c', 'exec "$@" --out "$0.$$"', out, program, ...declared] };
    const { name } = component;
    const { id } = await session.attach({ name, launch: { ...launch, env, cwd: aegis.home }, restart: RESTART });
    attached.push({ ...component, id, out });
  }
  return attached;
}

/** How long the slowest component sleeps after each piece of 64 KiB, seconds. */
export function setPace(aegis: TestAegis, seconds: number): void {
  writeFileSync(paceFile(aegis), String(seconds));
}

function paceFile({ home }: TestAegis): string {
  return join(home, 'pace');
}

function programOf({ name }: ChaosComponent, pace: string) {
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  switch (name) {
    case 'stored':
      return { program: python(), args: [join(FOLDER, 'programs/stored.py'), ...OFTEN], env: { ...env, PACE: pace } };
    case 'received': {
      const path = join(FOLDER, '../support/components/waits.py');
      return {
        program: python(),
        args: [path, '--tell-received', '--name', name, '--data-retry', '0.2', ...OFTEN],
        env,
      };
    }
    case 'acknowledged':
      return command('python', []);
    case 'replayed':
      return command('typescript', ['--recovery', 'replay']);
    default:
      return name satisfies never;
  }
}

/** Control connections of programs that count them for their whole life. */
const OFTEN = ['--reconnect', '0.1', '--attempts', '100'];
