import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from '../support/aegis.ts';
import { until } from '../support/until.ts';
import type { AttachedComponent } from './components.ts';
import type { Strike } from './fault.ts';

const COMMAND_LINES: Readonly<Record<Exclude<Strike['kind'], 'component'>, string>> = {
  orchestrator: 'orchestrator/main.ts',
  'data-stream-server': 'gateway/data/main.ts',
  aegisd: ' aegisd',
  'nats-server': 'nats-server',
  temporal: 'temporal server',
};
/** A process that is down comes back within this, ms. */
const BACK_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** What a kind of process has on its command line. */
export function commandLineOf({ kind, component }: Strike, components: readonly AttachedComponent[]): string {
  return kind === 'component' ? (components[component]?.out ?? '') : COMMAND_LINES[kind];
}

/** Pids of the processes of a home with this on their command line, the shells that watch them aside. */
export function pidsOf(home: string, commandLine: string): number[] {
  return processesOf(home)
    .filter((line) => line.includes(commandLine) && !/^\d+ \S*sh /.test(line))
    .map((line) => Number.parseInt(line, 10));
}

/** The one process; waits for it when it is just being started. */
export function pidOf(home: string, commandLine: string): Promise<number> {
  const what = `one process with ${commandLine}`;
  return until(what, () => onlyOne(pidsOf(home, commandLine)), BACK_MS);
}

/** Another process than the one with this pid has taken its place. */
export function successorOf(home: string, commandLine: string, pid: number): Promise<number> {
  const look = () => onlyOne(pidsOf(home, commandLine).filter((other) => other !== pid));
  return until(`a successor of ${pid} with ${commandLine}`, look, BACK_MS);
}

/** Kills it, and whatever takes its place, until the time is over. */
export async function keepDown(home: string, commandLine: string, ms: number): Promise<void> {
  for (const deadline = performance.now() + ms; performance.now() < deadline; await delay(LOOK_EVERY_MS)) {
    for (const pid of pidsOf(home, commandLine)) signal(pid, 'SIGKILL');
  }
}

/** False when the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Every process of the home with one blow, also those that are just being started. */
export function killAll(home: string): number {
  let killed = 0;
  for (let left = pidsIn(home); left.length > 0; left = pidsIn(home)) {
    for (const pid of left) killed += signal(pid, 'SIGKILL') ? 1 : 0;
  }
  return killed;
}

/** One that was killed and still waits for its parent has no environment any more. */
function pidsIn(home: string): number[] {
  return processesOf(home).map((line) => Number.parseInt(line, 10));
}

function onlyOne(pids: readonly number[]): number | undefined {
  return pids.length === 1 ? pids[0] : undefined;
}
