import { readdirSync, readFileSync } from 'node:fs';
import { processTimes } from '../path/usage.ts';

/** Processes of one kind together. */
export interface ClassFigures {
  readonly processes: number;
  /** Each page counted once, however many processes share it: what would be free without them. MB. */
  readonly memoryMb: number;
  /** User and system since they began, s. */
  readonly cpu: number;
}

export type Census = ReadonlyMap<string, ClassFigures>;

/** First match counts; of command lines with blanks between arguments. */
const CLASSES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['aegisd', /^aegisd/],
  ['orchestrator', /\/orchestrator\/main\.[jt]s/],
  ['data stream server', /\/gateway\/data\/main\.[jt]s/],
  ['spare process', /\/spare\.[jt]s/],
  ['temporal', /^\S*\btemporal server/],
  ['nats-server', /^\S*\bnats-server /],
  ['shell of a component', /^\/bin\/sh -c set -C/],
  ['component', /counter\.py/],
];

/** Every process that has this home in its environment, by kind. Linux only. */
export function census(home: string): Census {
  const figures = new Map<string, ClassFigures>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    if (!read(`/proc/${pid}/environ`).includes(home)) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    const cpu = processTimes(Number(pid))?.cpu;
    const memoryMb = proportionalMb(pid);
    if (command === '' || cpu === undefined || memoryMb === undefined) continue;
    const name = CLASSES.find(([, pattern]) => pattern.test(command))?.[0] ?? 'other';
    const { processes, ...sum } = figures.get(name) ?? { processes: 0, memoryMb: 0, cpu: 0 };
    figures.set(name, { processes: processes + 1, memoryMb: sum.memoryMb + memoryMb, cpu: sum.cpu + cpu });
  }
  return figures;
}

/** A shared page counts with its share. Falls back on what is resident where the system does not tell. */
function proportionalMb(pid: string): number | undefined {
  const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  const rss = pss ?? /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return rss === undefined ? undefined : Number(rss) / 1_024;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
