import type { DatasetName } from '../data/dataset.ts';
import type { ProgramCommand } from '../path/component-program.ts';
import { countCommand, measureRawSocket } from '../path/measure-raw.ts';
import { type ComponentPlace, measureReplay } from '../path/measure-replay.ts';
import { type BenchContext, type Block, type BlockOutcome, CaseSkipped, type Skipped } from '../suite/block.ts';
import { type Contestant, runContest } from '../suite/contest.ts';
import { NAUTILUS, TARDIS } from './peers.ts';
import { type ReplayCase, sampleOf } from './replay-case.ts';

export const RAW_SOCKET = 'raw-socket';

interface ThroughAegis {
  readonly name: string;
  readonly dataset: DatasetName;
  readonly components: number;
  readonly note: string;
  readonly against: readonly string[];
  readonly command: (place: ComponentPlace, context: BenchContext) => ProgramCommand;
}

const raw: ReplayCase = {
  name: RAW_SOCKET,
  prepare: async (context) => {
    const data = await context.data('t2');
    return {
      name: RAW_SOCKET,
      unit: 'rows/s',
      note: 'the same bytes from the memory of one process to the counting component: the limit',
      run: async () => sampleOf(await measureRawSocket(context.home, data), 1),
    };
  },
};

/** Every process of the project, tapes on disk to the last byte read by a component. */
function throughAegis({ name, dataset, components, note, against, command }: ThroughAegis): ReplayCase {
  return {
    name,
    prepare: async (context) => {
      const [nats, data] = [await context.nats(), await context.data(dataset)];
      const ids = Array.from({ length: components }, (_, index) =>
        components === 1 ? 'component' : `component ${index + 1}`,
      );
      const measurement = { home: context.home, nats, data, components: ids };
      const each = components === 1 ? '' : ', the sum of all';
      return {
        name,
        unit: 'rows/s',
        note: `${note}; ${data.reference.rows / 1e6} M rows of ${Math.round(data.reference.bytes / data.reference.rows)} B${each}`,
        against,
        run: async () =>
          sampleOf(await measureReplay({ ...measurement, command: (place) => command(place, context) }), components),
      };
    },
  };
}

function counting(topics: 2 | 10 | 64, components: 1 | 4): ReplayCase {
  const name = `replay-${topics}${components === 1 ? '' : 'x4'}`;
  const fewer = topics === 2 ? [] : [components === 1 ? 'replay-2' : 'replay-2x4'];
  return throughAegis({
    name,
    dataset: `t${topics}`,
    components,
    note: `${topics} topics, ${components === 1 ? 'one component that counts' : '4 components that count'} and hash${components === 1 ? 'es' : ''}`,
    against: [RAW_SOCKET, ...fewer, ...(name === 'replay-2' ? ['tardis-dev', 'tardis-dev-memory', 'nautilus'] : [])],
    command: ({ socketPath, componentId, reference }) => countCommand(socketPath, componentId, reference.bytes),
  });
}

const CASES: readonly ReplayCase[] = [
  raw,
  counting(2, 1),
  counting(10, 1),
  counting(64, 1),
  counting(2, 4),
  counting(10, 4),
  counting(64, 4),
  ...TARDIS,
  NAUTILUS,
];

/** The raw socket runs with each of them: it is what their ratios are to. */
export const replay: Block = {
  name: 'replay',
  cases: CASES.map(({ name }) => name),
  run: async (context, wanted): Promise<BlockOutcome> => {
    const contestants: Contestant[] = [];
    const skipped: Skipped[] = [];
    for (const { name, prepare } of CASES) {
      if (!wanted.has(name) && name !== RAW_SOCKET) continue;
      try {
        contestants.push(await prepare(context));
      } catch (error) {
        if (!(error instanceof CaseSkipped)) throw error;
        skipped.push({ name, reason: error.message });
        context.tell(`${name} is skipped: ${error.message}`);
      }
    }
    return { results: await runContest({ contestants, rounds: context.runs, tell: context.tell }), skipped };
  },
};
