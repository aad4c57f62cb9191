import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plan } from './soak/plan.ts';
import { SYMBOLS } from './soak/readers.ts';
import { type FaultResult, SoakStage } from './soak/stage.ts';

/** `npm run test:soak` has the whole soak; this is the beginning of one at a lower rate. */
const SEED = 9;
const KINDS = [
  'orchestrator',
  'data stream server',
  'nats-server',

  'trades left out',
  'ids that do not exist',
];
const SOAK_MS = 12_000;

describe('the soak in short', () => {
  let stage: SoakStage;
  beforeAll(async () => {
    stage = await SoakStage.open({ seed: SEED, messages: 1_000, speed: 12 });
  });
  afterAll(() => stage?.close());

  it('every row once and in order, or declared lost, over faults and kills', async () => {
    const results: FaultResult[] = [];
    const faults = plan({ seed: SEED, kinds: KINDS, symbols: SYMBOLS });
    const report = await stage.run(faults, SOAK_MS, (result) => results.push(result));
    expect(report.problems).toEqual([]);
    expect(report.rows).toBeGreaterThan(5_000);
    expect(results.map(({ what }) => what).join()).toMatch('SIGKILL');
    for (const { what, recoveryMs } of results) console.log(`${what}: ${Math.round(recoveryMs)} ms`);
  }, 240_000);
});
