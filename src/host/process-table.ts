import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';

/** One process of a group. */
export interface ProcessUsage {
  readonly pid: number;
  readonly group: number;
  readonly rssBytes: number;
  /** Time on a processor since it began, ms; to about 10 ms on Linux, to a second elsewhere. */
  readonly cpuMs: number;
  readonly stopped: boolean;
}

/** The processes of the system that are in one of some groups. */
export interface ProcessTable {
  of(groups: ReadonlySet<number>): Promise<ProcessUsage[]>;
}

export function processTable(): ProcessTable {
  return process.platform === 'linux' ? new ProcTable() : new PsTable();
}

/**
 * Processes that are read before others get their turn. A read of /proc takes some 10 µs, and thirty times that by way of
 * the threads that serve asynchronous reads: so it is synchronous, a few at a time.
 */
const READS_AT_ONCE = 16;
/** Strangers are looked at again after so many looks: a group may have got one, and numbers are used again. */
const FORGET_EVERY = 10;
/** Ticks per second in which Linux counts processor time for user space, on every architecture of today. */
const TICKS_PER_S = 100;

/** Linux. Processes of other groups are remembered, so that a look reads little more than what it is about. */
export class ProcTable implements ProcessTable {
  readonly #strangers = new Set<string>();
  readonly #pageBytes = pageBytes();
  #looks = 0;

  async of(groups: ReadonlySet<number>): Promise<ProcessUsage[]> {
    if (this.#looks % FORGET_EVERY === 0) this.#strangers.clear();
    this.#looks += 1;
    const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && !this.#strangers.has(name));
    const found: ProcessUsage[] = [];
    for (const [index, pid] of all.entries()) {
      if (index % READS_AT_ONCE === 0) await nextTurn();
      const usage = this.#look(pid, groups);
      if (usage === undefined) this.#strangers.add(pid);
      else found.push(usage);
    }
    return found;
  }

  #look(pid: string, groups: ReadonlySet<number>): ProcessUsage | undefined {
    const stat = parseProcStat(readText(`/proc/${pid}/stat`));
    if (stat === undefined || !groups.has(stat.group)) return undefined;
    const { rssPages, ...rest } = stat;
    return { pid: Number(pid), ...rest, rssBytes: rssPages * this.#pageBytes };
  }
}

interface ProcStat extends Pick<ProcessUsage, 'group' | 'cpuMs' | 'stopped'> {
  readonly rssPages: number;
}

/** The fields of `/proc/<pid>/stat` that count here; undefined for a process that has ended. */
export function parseProcStat(text: string): ProcStat | undefined {
  // The command's name stands in parentheses and may contain blanks and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group] = fields;
  if (group === undefined || state === 'Z' || state === 'X') return undefined;
  const ticks = Number(fields[11]) + Number(fields[12]);
  const cpuMs = (ticks * 1_000) / TICKS_PER_S;
  return { group: Number(group), cpuMs, stopped: isStopped(state), rssPages: Number(fields[21]) };
}

/** macOS, and wherever `ps` knows these columns. */
export class PsTable implements ProcessTable {
  async of(groups: ReadonlySet<number>): Promise<ProcessUsage[]> {
    const env = { ...process.env, LC_ALL: 'C' };
    const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,pgid=,stat=,rss=,time='], { env });
    return parsePs(stdout).filter(({ group }) => groups.has(group));
  }
}

export function parsePs(text: string): ProcessUsage[] {
  return text.split('\n').flatMap((line) => {
    const [pid, group, state, rss, time] = line.trim().split(/\s+/);
    if (time === undefined || state === undefined || state.startsWith('Z')) return [];
    const usage = { pid: Number(pid), group: Number(group), rssBytes: Number(rss) * 1024 };
    return [{ ...usage, cpuMs: parseTime(time), stopped: isStopped(state) }];
  });
}

/** `[days-][hours:]minutes:seconds[.hundredths]` in ms. */
function parseTime(text: string): number {
  const [clock = '', days = '0'] = text.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}

function isStopped(state: string): boolean {
  return state.startsWith('T') || state.startsWith('t');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

/** Page size from the vector that the kernel hands to every process: pairs of 8 bytes, key and value. */
function pageBytes(): number {
  const AT_PAGESZ = 6n;
  const vector = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  return 4_096;
}
