import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
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

/** Reads that are under way at once: few, so that the pool of file system threads stays free for others. */
const READS_AT_ONCE = 4;
/** Strangers are looked at again after so many looks: a group may have got one, and numbers are used again. */
const FORGET_EVERY = 10;
/** Ticks per second in which Linux counts processor time for user space, on every architecture of today. */
const TICKS_PER_S = 100;

/** Linux. Processes of other groups are remembered, so that a look reads little more than what it is about. */
export class ProcTable implements ProcessTable {
  readonly #strangers = new Set<string>();
  #looks = 0;

  async of(groups: ReadonlySet<number>): Promise<ProcessUsage[]> {
    if (this.#looks % FORGET_EVERY === 0) this.#strangers.clear();
    this.#looks += 1;
    const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && !this.#strangers.has(name));
    const found: ProcessUsage[] = [];
    for (let at = 0; at < all.length; at += READS_AT_ONCE) {
      const some = await Promise.all(all.slice(at, at + READS_AT_ONCE).map((pid) => this.#look(pid, groups)));
      found.push(...some.filter((usage) => usage !== undefined));
    }
    return found;
  }

  async #look(pid: string, groups: ReadonlySet<number>): Promise<ProcessUsage | undefined> {
    const stat = parseProcStat(await readText(`/proc/${pid}/stat`));
    if (stat === undefined || !groups.has(stat.group)) {
      this.#strangers.add(pid);
      return undefined;
    }
    // Pages have different sizes on different machines; here the system has done the sum.
    const rss = /^VmRSS:\s+(\d+) kB$/m.exec(await readText(`/proc/${pid}/status`));
    return { pid: Number(pid), ...stat, rssBytes: Number(rss?.[1] ?? 0) * 1024 };
  }
}

/** The fields of `/proc/<pid>/stat` that count here; undefined for a process that has ended. */
export function parseProcStat(text: string): Pick<ProcessUsage, 'group' | 'cpuMs' | 'stopped'> | undefined {
  // The command's name stands in parentheses and may contain blanks and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group] = fields;
  if (group === undefined || state === 'Z' || state === 'X') return undefined;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { group: Number(group), cpuMs: (ticks * 1_000) / TICKS_PER_S, stopped: isStopped(state) };
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

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
