import { existsSync, readdirSync } from 'node:fs';
import type { SessionHandle } from '../../src/client/index.ts';
import { homePaths } from '../../src/model/paths.ts';
import type { Session } from '../../src/model/session.ts';
import { socketDirPath } from '../../src/servers/socket-dir.ts';
import { processesOf } from '../support/aegis.ts';
import { until } from '../support/until.ts';
import { type Arena, ONLY_RUN } from './arena.ts';
import { type AttachedComponent, COMPONENTS } from './components.ts';
import type { ExpectedStream } from './expected.ts';
import { type Fault, killedComponents } from './fault.ts';
import { replayHistory } from './history-check.ts';
import { keptBy, problemOf } from './received.ts';
import { problemsOfRecord } from './record-check.ts';

export interface VerifyRun {
  readonly arena: Arena;
  readonly handle: SessionHandle;
  /** By component id. */
  readonly expected: ReadonlyMap<string, ExpectedStream>;
  readonly faults: readonly Fault[];
}

/** What the kernel has taken is read by the components within this, ms. */
const READ_MS = 60_000;
const GONE_MS = 5_000;
/** aegisd and what it holds while no session is up: its servers, and the processes it keeps ready for the next one. */
const STAYS = /^\d+ (\S*sh |aegisd|\S*nats-server |\S*temporal |.*\/spare\.[jt]s *$)/;

/** Everything that must be true of a session that is FINISHED; shuts it down. @throws Error that lists what is not */
export async function verifyRun({ arena, handle, expected, faults }: VerifyRun): Promise<void> {
  const finished = await handle.state();
  const problems = problemsOfSummary(finished, expected, arena.components);
  for (const component of arena.components) problems.push(...(await problemsOfRows(component, expected)));
  await handle.shutdown();
  await handle.ended({ timeoutMs: 60_000 });
  problems.push(...(await leftovers(arena)));
  problems.push(...problemsOfRecord(await handle.events(), { exits: exitsOf(faults) }));
  await replayHistory(arena.aegis.client, handle.name).catch((error: unknown) => {
    problems.push(`its history does not replay: ${String(error)}`);
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

function problemsOfSummary(
  { state, run, outcome, summary }: Session,
  expected: VerifyRun['expected'],
  components: readonly AttachedComponent[],
): string[] {
  const problems =
    state === 'FINISHED' && run === ONLY_RUN && outcome === 'end-of-data' ? [] : [`${state}, ${outcome}`];
  for (const { id, name } of components) {
    const { lines = [], bytes, hash } = expected.get(id) ?? {};
    const due = JSON.stringify({ rows: lines.length, bytes, hash });
    const { rows, bytes: taken, hash: reported } = summary?.components[id] ?? {};
    const was = JSON.stringify({ rows, bytes: taken, hash: reported });
    if (was !== due) problems.push(`${name}: reported ${was}, due ${due}`);
  }
  return problems;
}

async function problemsOfRows(component: AttachedComponent, expected: VerifyRun['expected']): Promise<string[]> {
  const lines = expected.get(component.id)?.lines ?? [];
  const look = () => problemOf(component, keptBy(component), lines);
  const fine = await until('every row is kept', () => look() === undefined, READ_MS).catch(() => false);
  return fine ? [] : [`${component.name}: ${look()}`];
}

async function leftovers({ aegis: { home }, sessionId }: Arena): Promise<string[]> {
  const strangers = () => processesOf(home).filter((line) => !STAYS.test(line));
  await until('nothing is left', () => strangers().length === 0, GONE_MS).catch(() => {});
  const folders = [socketDirPath(home), homePaths(home).state].filter((folder) => existsSync(folder));
  const files = folders.flatMap((folder) => readdirSync(folder)).filter((name) => name.includes(sessionId));
  return [
    ...strangers().map((line) => `a process is left: ${line.slice(0, 200)}`),
    ...files.map((name) => `a socket or a file of positions is left: ${name}`),
  ];
}

/** Each kill of a component is one end of its process, and so is the shutdown. */
function exitsOf(faults: readonly Fault[]): Map<string, number> {
  const kills = faults.flatMap((fault) => killedComponents(fault, COMPONENTS.length));
  return new Map(COMPONENTS.map(({ name }, index) => [name, kills.filter((kill) => kill === index).length + 1]));
}
