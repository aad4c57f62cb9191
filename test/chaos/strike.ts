import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { type Arena, askState, flowOf } from './arena.ts';
import type { Fault, Strike } from './fault.ts';
import type { Flow } from './flow.ts';
import { commandLineOf, keepDown, killAll, pidOf, signal } from './processes.ts';

const ANSWER_MS = 2_000;

/** A fault that has happened and is over: from now on everything may recover. */
export interface Struck {
  /** Who fed the stream before it. */
  readonly feed: Pick<Flow, 'epoch' | 'attempt'>;
  /** Number of the process of each component before it, by the component's id. */
  readonly incarnations: ReadonlyMap<string, number>;
  /** How far the components were when nothing held anybody down any more. */
  readonly before: Flow;
  /** `performance.now()` of that moment. */
  readonly at: number;
}

export async function strike(arena: Arena, fault: Fault): Promise<Struck> {
  const feed = flowOf(arena);
  const incarnations = await incarnationsOf(arena);
  const { at, restart } = fault.type === 'power-loss' ? await powerLoss(arena, fault.downMs) : await all(arena, fault);
  const before = flowOf(arena);
  if (restart) await arena.aegis.restart();
  return { feed, incarnations, before, at };
}

async function incarnationsOf(arena: Arena): Promise<Map<string, number>> {
  const session = await until('the session answers', () => askState(arena, ANSWER_MS));
  return new Map(session.components.map(({ id, incarnation }) => [id, incarnation]));
}

interface Over {
  readonly at: number;
  /** aegisd has to be started again. */
  readonly restart: boolean;
}

async function powerLoss({ aegis }: Arena, downMs: number): Promise<Over> {
  killAll(aegis.home);
  await delay(downMs);
  return { at: performance.now(), restart: true };
}

async function all(arena: Arena, { strikes }: Extract<Fault, { type: 'strikes' }>): Promise<Over> {
  const { home } = arena.aegis;
  const victims = await Promise.all(
    strikes.map(async (each) => ({ each, pid: await pidOf(home, commandLineOf(each, arena.components)) })),
  );
  await Promise.all(victims.map(({ each, pid }) => one(arena, each, pid)));
  const restart = strikes.some(({ kind, signal: name }) => kind === 'aegisd' && name === 'SIGKILL');
  return { at: performance.now(), restart };
}

/** A process that the other strike of a pair has ended is not struck any more. */
async function one(arena: Arena, { afterMs, downMs, ...what }: Strike, pid: number): Promise<void> {
  await delay(afterMs);
  if (what.signal === 'SIGSTOP') {
    if (!signal(pid, 'SIGSTOP')) return;
    await delay(downMs);
    signal(pid, 'SIGCONT');
    return;
  }
  signal(pid, 'SIGKILL');
  if (what.kind === 'aegisd') await delay(downMs);
  else if (downMs > 0) await keepDown(arena.aegis.home, commandLineOf({ ...what, afterMs, downMs }, []), downMs);
}
