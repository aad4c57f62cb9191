import { messageOf } from '../../src/model/errors.ts';
import { countCommand, measureRawSocket } from '../path/measure-raw.ts';
import { type Block, type BlockOutcome, CaseSkipped, type Skipped } from '../suite/block.ts';
import { type Contestant, runContest } from '../suite/contest.ts';
import { NAUTILUS, TARDIS } from './peers.ts';
import { RAW_SOCKET, type ReplayCase, sampleOf } from './replay-case.ts';
import { SDKS } from './sdk.ts';
import { throughAegis } from './through-aegis.ts';

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

/** A stream that lasts: 3 M rows are through while the new processes still compile what they run. */
const month: ReplayCase = throughAegis({
  name: 'replay-2-month',
  dataset: 't2month',
  components: 1,
  note: '2 topics, 30 daily tapes each, one component that counts and hashes',
  against: [RAW_SOCKET, 'replay-2'],
  command: ({ socketPath, componentId, reference }) => countCommand(socketPath, componentId, reference.bytes),
});

const CASES: readonly ReplayCase[] = [
  raw,
  counting(2, 1),
  month,
  counting(10, 1),
  counting(64, 1),
  counting(2, 4),
  counting(10, 4),
  counting(64, 4),
  ...SDKS,
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
    const failed: Skipped[] = [];
    for (const { name, prepare } of CASES) {
      if (!wanted.has(name) && name !== RAW_SOCKET) continue;
      try {
        contestants.push(await prepare(context));
      } catch (error) {
        // Without this one the others are measured all the same.
        const left = error instanceof CaseSkipped ? skipped : failed;
        left.push({ name, reason: messageOf(error) });
        context.tell(`${name} is left out: ${messageOf(error)}`);
      }
    }
    const outcome = await runContest({ contestants, rounds: context.runs, tell: context.tell });
    return { results: outcome.results, skipped, failed: [...failed, ...outcome.failed] };
  },
};
