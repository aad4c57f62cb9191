import { readFileSync } from 'node:fs';
import { pidsOf } from '../../chaos/processes.ts';
import { VICTIMS, type Victim } from './fault.ts';

interface Sample {
  /** s since the start of the soak. */
  readonly at: number;
  /** Resident set, MB. */
  readonly rss: number;
}

interface Incarnation {
  readonly name: Victim;
  readonly pid: number;
  readonly samples: Sample[];
}

/** One process, from its start or kill to the next. */
export interface MemoryResult {
  readonly name: string;
  readonly pid: number;
  /** s that it was watched. */
  readonly seconds: number;
  /** MB: after the warm-up, at most, and at the end (medians of a tenth of the time). */
  readonly start: number;
  readonly max: number;
  readonly end: number;
  /** MB per minute after the warm-up, least squares; absent when it did not live long enough to say. */
  readonly slope?: number;
}

const EVERY_MS = 1_000;
const PAGE_BYTES = 4_096;
/** Code is loaded and compiled, heaps grow to what is needed. */
const WARM_UP_S = 20;
/** Shorter lives say nothing about growth. */
const JUDGED_S = 60;

/** Looks every second at the memory of the processes that are killed now and then. */
export class MemoryWatch {
  readonly #home: string;
  readonly #incarnations: Incarnation[] = [];
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(home: string) {
    this.#home = home;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  stop(): readonly MemoryResult[] {
    clearInterval(this.#timer);
    return this.#incarnations.flatMap((each) => resultOf(each) ?? []);
  }

  #look(): void {
    for (const name of victims()) {
      const newest = this.#incarnations.findLast((each) => each.name === name);
      if (newest !== undefined && this.#sample(newest)) continue;
      const [pid] = pidsOf(this.#home, VICTIMS[name]);
      if (pid === undefined || pid === newest?.pid) continue;
      const next: Incarnation = { name, pid, samples: [] };
      this.#incarnations.push(next);
      this.#sample(next);
    }
  }

  /** False when it has ended. */
  #sample({ pid, samples }: Incarnation): boolean {
    const rss = rssOf(pid);
    if (rss === undefined) return false;
    samples.push({ at: (performance.now() - this.#began) / 1_000, rss });
    return true;
  }
}

/** Growth of a process beyond these is no noise: see docs/soak.md. */
export function growthProblems(results: readonly MemoryResult[], mostMb = 128): string[] {
  return results
    .filter(({ slope, start, end }) => slope !== undefined && end - start > mostMb)
    .map(({ name, pid, start, end, seconds }) => `${name} ${pid} has grown from ${start} to ${end} MB in ${seconds} s`);
}

function resultOf({ name, pid, samples }: Incarnation): MemoryResult | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const warm = samples.filter(({ at }) => at - first.at >= WARM_UP_S);
  const judged = warm.length > 0 ? warm : samples;
  const tenth = Math.ceil(judged.length / 10);
  const life = last.at - first.at;
  return {
    name,
    pid,
    seconds: Math.round(life),
    start: median(judged.slice(0, tenth)),
    max: Math.round(Math.max(...samples.map(({ rss }) => rss))),
    end: median(judged.slice(-tenth)),
    ...(life < WARM_UP_S + JUDGED_S ? {} : { slope: slopeOf(judged) }),
  };
}

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ rss }) => rss).sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

function slopeOf(samples: readonly Sample[]): number {
  const n = samples.length;
  const [meanAt, meanRss] = [sum(samples.map(({ at }) => at)) / n, sum(samples.map(({ rss }) => rss)) / n];
  const rise = sum(samples.map(({ at, rss }) => (at - meanAt) * (rss - meanRss)));
  const run = sum(samples.map(({ at }) => (at - meanAt) ** 2));
  return Math.round((600 * rise) / run) / 10;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function victims(): Victim[] {
  return ['orchestrator', 'data stream server', 'nats-server'];
}

/** MB; undefined when there is no such process, or one that has ended and waits for its parent. */
function rssOf(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return pages === 0 ? undefined : (pages * PAGE_BYTES) / 1_048_576;
  } catch {
    return undefined;
  }
}
