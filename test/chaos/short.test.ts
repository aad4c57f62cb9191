import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPONENTS } from './components.ts';
import { classOf, type PlannedRun } from './fault.ts';
import { ChaosStage, type FaultResult } from './run.ts';
import { type ChaosKind, schedule } from './schedule.ts';

/** `npm run test:chaos` has the whole matrix; this is one seeded run of it, and a power loss. */
const SEED = 3;
const KINDS: readonly ChaosKind[] = ['component', 'orchestrator', 'data-stream-server', 'nats-server'];
/** About 100,000 rows. */
const TRADES = 20_000;

function plan(): PlannedRun {
  const faults = [[4, KINDS] as const, [1, ['power-loss']] as const].flatMap(([kills, kinds]) =>
    schedule({ seed: SEED, kills, kinds, components: COMPONENTS.length }).flatMap((run) => run.faults),
  );
  return { number: 1, faults: faults.toSorted((a, b) => a.moment - b.moment) };
}

describe('the crash matrix in short', () => {
  let stage: ChaosStage;
  beforeAll(async () => {
    stage = await ChaosStage.open({ trades: TRADES });
  });
  afterAll(() => stage?.close());

  it('a run with kills, stops and a power loss: FINISHED, the undisturbed streams, a whole record, nothing left', async () => {
    const run = plan();
    const results: FaultResult[] = [];
    await stage.run(run, (result) => results.push(result));
    expect(results.map(({ kind }) => kind)).toEqual(run.faults.map(classOf));
    expect(results.map(({ kind }) => kind)).toContain('power loss');
    expect(results.every(({ progress }) => progress > 0 && progress < 1)).toBe(true);
  }, 240_000);
});
