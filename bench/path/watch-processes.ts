import { availableParallelism } from 'node:os';
import { machineBusy, peakMemory, processTimes } from './usage.ts';

/** What one process took in a run. */
export interface ProcessFigures {
  readonly name: string;
  /** User and system, s. */
  readonly cpu: number;
  /** The most it ever had in memory, MB. */
  readonly peakMb: number;
}

export interface WatchedRun {
  readonly processes: readonly ProcessFigures[];
  /** Share of the machine that others used meanwhile: all busy time less that of the processes, and of this one. 0 to 1. */
  readonly foreign: number;
}

interface Watched {
  readonly name: string;
  readonly pid: number;
  readonly spent: number;
  cpu: number;
  peakMb: number;
}

/** A process that ends by itself is seen up to so long before its end. */
const SAMPLE_MS = 25;
/** Memory is a high-water mark: it need not be read as often. */
const MEMORY_EVERY = 4;

/** Watches the CPU time and memory of processes from now on, and how busy the machine is. */
export class ProcessWatch {
  readonly #processes: readonly Watched[];
  readonly #began = performance.now();
  readonly #busy = machineBusy();
  readonly #own = process.cpuUsage();
  readonly #timer: NodeJS.Timeout;
  #samples = 0;

  constructor(pids: Readonly<Record<string, number>>) {
    this.#processes = Object.entries(pids).map(([name, pid]) => {
      const spent = processTimes(pid)?.cpu ?? 0;
      return { name, pid, spent, cpu: spent, peakMb: peakMemory(pid) ?? 0 };
    });
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  stop(): WatchedRun {
    clearInterval(this.#timer);
    this.#samples = 0;
    this.#sample();
    const processes = this.#processes.map(({ name, spent, cpu, peakMb }) => ({ name, cpu: cpu - spent, peakMb }));
    const { user, system } = process.cpuUsage(this.#own);
    const own = processes.reduce((sum, { cpu }) => sum + cpu, 0) + (user + system) / 1e6;
    const machine = ((performance.now() - this.#began) / 1_000) * availableParallelism();
    return { processes, foreign: Math.max(0, (machineBusy() - this.#busy - own) / machine) };
  }

  #sample(): void {
    const withMemory = this.#samples++ % MEMORY_EVERY === 0;
    for (const watched of this.#processes) {
      watched.cpu = processTimes(watched.pid)?.cpu ?? watched.cpu;
      if (withMemory) watched.peakMb = peakMemory(watched.pid) ?? watched.peakMb;
    }
  }
}
