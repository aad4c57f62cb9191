import { readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const USER = 11;
const SYSTEM = 12;
const STATE = 0;
const KB_PER_MB = 1_024;

export interface ProcessTimes {
  /** One letter: `R` runs, `S` sleeps. */
  readonly state: string;
  /** User and system, s. */
  readonly cpu: number;
}

/** Undefined when there is no such process. */
export function processTimes(pid: number): ProcessTimes | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name of the program may have blanks: what follows it is counted.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[STATE] ?? '', cpu: (Number(fields[USER]) + Number(fields[SYSTEM])) / TICKS_PER_SECOND };
}

/** The most that a process has had in memory, MB; undefined when there is no such process. */
export function peakMemory(pid: number): number | undefined {
  const status = readProc(`/proc/${pid}/status`);
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / KB_PER_MB;
}

/** CPU time that the whole machine has spent working, s. */
export function machineBusy(): number {
  const [, user, nice, system, , , irq, softirq] = (readProc('/proc/stat') ?? '').split('\n', 1)[0]?.split(/\s+/) ?? [];
  return [user, nice, system, irq, softirq].reduce((sum, ticks) => sum + Number(ticks ?? 0), 0) / TICKS_PER_SECOND;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
