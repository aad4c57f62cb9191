import type { BenchResult } from '../result.ts';

/** What a version must reach, as medians of one run. */
export interface Goal {
  readonly what: string;
  /** Name of the result. */
  readonly result: string;
  /** Name of the result that its ratio is to; absent: the figure itself counts. */
  readonly to?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface JudgedGoal extends Goal {
  /** Undefined when the case was not measured. */
  readonly reached: number | undefined;
  readonly met: boolean;
}

export const RAW = 'raw-socket';
/** What the raw socket moved in the run in which the goals in rows/s were set: as ratios to it they hold for any machine. */
export const RAW_WHEN_SET = 7.35e6;

export const GOALS: readonly Goal[] = [
  { what: 'replay, 2 topics, rows/s', result: 'replay-2', atLeast: 1.7e6 },
  { what: 'replay, 2 topics, to the raw socket', result: 'replay-2', to: RAW, atLeast: 0.23 },
  { what: 'replay, 2 topics, to tardis-dev', result: 'replay-2', to: 'tardis-dev', atLeast: 10 },
  { what: 'replay, 64 topics, to 2 topics', result: 'replay-64', to: 'replay-2', atLeast: 0.85 },
  { what: 'replay to 4 components, sum of rows/s', result: 'replay-2x4', atLeast: 4e6 },
  { what: 'replay to 4 components, sum, to the raw socket', result: 'replay-2x4', to: RAW, atLeast: ofRaw(4e6) },
  { what: 'TypeScript SDK, rows/s', result: 'replay-sdk-ts', atLeast: 0.65e6 },
  { what: 'TypeScript SDK, to the raw socket', result: 'replay-sdk-ts', to: RAW, atLeast: ofRaw(0.65e6) },
  { what: 'Python SDK, batches of NDJSON, rows/s', result: 'replay-sdk-python-batches', atLeast: 0.5e6 },
  {
    what: 'Python SDK, batches of NDJSON, to the raw socket',
    result: 'replay-sdk-python-batches',
    to: RAW,
    atLeast: ofRaw(0.5e6),
  },
  { what: 'Python SDK, batches of Arrow, rows/s', result: 'replay-sdk-python-arrow', atLeast: 3e6 },
  {
    what: 'Python SDK, batches of Arrow, to the raw socket',
    result: 'replay-sdk-python-arrow',
    to: RAW,
    atLeast: ofRaw(3e6),
  },
  { what: 'import of aggTrades in one thread, rows/s', result: 'import-aggTrades', atLeast: 0.35e6 },
  { what: 'memory of 30 days, 2 topics, MB', result: 'memory-2-30d', atMost: 200 },
  { what: 'memory of 30 days, 64 topics, MB', result: 'memory-64-30d', atMost: 200 },
  { what: 'memory of 30 days to 1 day, 2 topics', result: 'memory-2-30d', to: 'memory-2-1d', atMost: 1.2 },
  { what: 'memory of 30 days to 1 day, 64 topics', result: 'memory-64-30d', to: 'memory-64-1d', atMost: 1.2 },
  { what: 'attach → RUNNING, ms', result: 'attach → RUNNING', atMost: 400 },
  { what: 'sessions RUNNING at once', result: 'sessions at once', atLeast: 200 },
];

function ofRaw(rowsPerSecond: number): number {
  return Number((rowsPerSecond / RAW_WHEN_SET).toFixed(3));
}

/** Pure. */
export function judgeGoals(results: readonly BenchResult[], goals: readonly Goal[] = GOALS): JudgedGoal[] {
  return goals.map((goal) => {
    const found = results.find(({ name }) => name === goal.result);
    const spread = goal.to === undefined ? found : found?.ratios?.find(({ to }) => to === goal.to);
    const reached = spread?.median;
    const { atLeast = -Infinity, atMost = Infinity } = goal;
    return { ...goal, reached, met: reached !== undefined && reached >= atLeast && reached <= atMost };
  });
}
