import type { DatasetName } from '../data/dataset.ts';
import { countCommand } from '../path/measure-raw.ts';
import { measureReplay } from '../path/measure-replay.ts';
import type { Block } from '../suite/block.ts';
import { type Contestant, runContest } from '../suite/contest.ts';

/** Peaks are alike from run to run, and a month takes long. */
const MOST_ROUNDS = 3;

interface MemoryCase {
  readonly name: string;
  readonly dataset: DatasetName;
  readonly topics: number;
  readonly days: number;
}

const CASES: readonly MemoryCase[] = [
  { name: 'memory-2-1d', dataset: 't2day', topics: 2, days: 1 },
  { name: 'memory-2-30d', dataset: 't2month', topics: 2, days: 30 },
  { name: 'memory-64-1d', dataset: 't64day', topics: 64, days: 1 },
  { name: 'memory-64-30d', dataset: 't64month', topics: 64, days: 30 },
];

/** Peak memory of every process over a day and over a month of daily tapes. */
export const memory: Block = {
  name: 'memory',
  cases: CASES.map(({ name }) => name),
  run: async (context, wanted) => {
    const { home, data, tell } = context;
    const nats = await context.nats();
    const chosen = CASES.filter(({ name }) => wanted.has(name));
    // Made side by side: a month takes a minute of one core.
    await Promise.all(chosen.map(({ dataset }) => data(dataset)));
    const contestants = chosen.map(({ name, dataset, topics, days }): Contestant => {
      const perDay = name.replace('30d', '1d');
      return {
        name,
        unit: 'MB',
        note: `${topics} topics, ${days === 1 ? 'one day' : `${days} daily tapes each`}: the larger of orchestrator and data stream server`,
        against: days === 1 ? [] : [perDay],
        run: async () => {
          const prepared = await data(dataset);
          const measured = await measureReplay({
            home,
            nats,
            data: prepared,
            components: ['component'],
            command: ({ socketPath, componentId, reference }) => countCommand(socketPath, componentId, reference.bytes),
          });
          const ours = measured.processes.filter(({ name: process }) =>
            ['orchestrator', 'data stream server'].includes(process),
          );
          const value = Math.max(...ours.map(({ peakMb }) => peakMb));
          return { ...measured, value, rows: prepared.reference.rows };
        },
      };
    });
    const rounds = Math.min(context.runs, MOST_ROUNDS);
    return { ...(await runContest({ contestants, rounds, tell })), skipped: [] };
  },
};
