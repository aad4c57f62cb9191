import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPONENTS } from './components.ts';
import { classOf } from './fault.ts';
import { ChaosStage, type FaultResult } from './run.ts';
import { schedule } from './schedule.ts';

/** `npm run test:chaos` has the whole matrix; this is one seeded run of it, and a power loss. */
const SEED = 3;
const KINDS = ['component', 'orchestrator', 'data-stream-server', 'nats-server'] as const;
/** About 100,000 rows. */
const TRADES = 20_000;

describe('the crash matrix in short', () => {
  let stage: ChaosStage;
  beforeAll(async () => {
    stage = await ChaosStage.open({ trades: TRADES });
  });
  afterAll(() => stage?.close());

  it.each([
    ['kills and stops in a row', schedule({ seed: SEED, kills: 5, kinds: KINDS, components: COMPONENTS.length })],
    ['a power loss', schedule({ seed: SEED, kills: 1, kinds: ['power-loss'], components: COMPONENTS.length })],
  ])(
    '%s: FINISHED, the streams of an undisturbed run, a whole record, nothing left',
    async (_what, [run]) => {
      const results: FaultResult[] = [];
      if (run === undefined) throw new Error('nothing is planned');
      await stage.run(run, (result) => results.push(result));
      expect(results.map(({ kind }) => kind)).toEqual(run.faults.map(classOf));
    },
    120_000,
  );
});
