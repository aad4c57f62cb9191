import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import { workflowId } from '../../src/model/activities.ts';
import { homePaths } from '../../src/model/paths.ts';
import type { Session } from '../../src/model/session.ts';
import { processesOf, pythonComponent, startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';

const DAY = '2025-03-01';
const FROM = Date.parse(`${DAY}T00:00:00Z`);
const RANGE = { mode: 'historical', market: 'spot', from: FROM, to: FROM + 86_400_000 } as const;

describe('continue-as-new', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    const visionDir = homePaths(aegis.home).vision;
    await generateSample({
      visionDir,
      market: 'spot',
      symbols: ['BTCUSDT'],
      from: DAY,
      days: 1,
      tradesPerDay: 100_000,
    });
  });
  afterAll(() => aegis?.close());

  /** @param rest seconds the component pauses after each read: a run that lasts */
  async function attach(name: string, historyLimit: number, rest: number) {
    const session = await aegis.client.createSession(name, RANGE, { historyLimit });
    const out = join(aegis.home, `${name}.ndjson`);
    const args = [...topicsArgs({ symbols: ['BTCUSDT'], streams: ['trades'] }), '--rest', String(rest)];
    await session.attach({ name: 'waits', launch: pythonComponent('waits', out, args) });
    return { session, out };
  }

  it('loses no update and does not disturb a running stream', async () => {
    const calm = await attach('t-calm', 100_000, 0);
    await calm.session.start();
    const undisturbed = await calm.session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    await calm.session.shutdown();
    await calm.session.ended();

    const busy = await attach('t-busy', 30, 0.02);
    await busy.session.start();
    await busy.session.waitFor(['RUNNING'], { timeoutMs: 60_000 });
    await vi.waitFor(() => expect(childrenOf(aegis.home)).toHaveLength(2), { timeout: 15_000, interval: 50 });
    const streaming = childrenOf(aegis.home);
    // Rows flow only between a resume and the pause after it: the run outlives the commands however fast the machine is.
    const answers = [(await busy.session.pause()).paused];
    for (let round = 0; round < 10; round += 1) {
      answers.push((await busy.session.resume()).paused, (await busy.session.pause()).paused);
    }
    const stillStreaming = childrenOf(aegis.home);
    answers.push((await busy.session.resume()).paused);
    const finished = await busy.session.waitFor(['FINISHED'], { timeoutMs: 60_000 });

    expect(answers).toEqual(Array.from({ length: 22 }, (_, index) => index % 2 === 0));
    expect(stillStreaming).toEqual(streaming);
    const runs = await runsOf(aegis, 't-busy');
    expect(runs.length).toBeGreaterThan(3);
    // What a run had not told the orchestrator when it was continued, the next one tells first.
    const untold = runs.filter(({ tellPause }) => tellPause === true);
    expect(untold.length).toBeGreaterThan(0);
    for (const { firstActivities } of untold) expect(firstActivities).toContain('setPaused');
    expect(delivered(finished)).toEqual(delivered(undisturbed));
    await busy.session.shutdown();
    await busy.session.ended();
    const rows = (path: string) => readFileSync(path, 'utf8').replaceAll(/ses-[0-9a-f]+/g, 'ses');
    expect(rows(busy.out)).toBe(rows(calm.out));
  }, 240_000);
});

/** The orchestrator and the data stream server: the same processes before and after. */
function childrenOf(home: string): string[] {
  return processesOf(home)
    .filter((line) => /(orchestrator|gateway\/data)\/main/.test(line))
    .sort();
}

async function runsOf({ client: { temporal } }: TestAegis, name: string) {
  const runs: { readonly tellPause: unknown; readonly firstActivities: unknown[] }[] = [];
  const query = `WorkflowId = '${workflowId(name)}'`;
  for await (const { runId } of temporal.workflow.list({ query })) {
    const { events } = await temporal.workflow.getHandle(workflowId(name), runId).fetchHistory();
    const [input] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const { tellPause } = JSON.parse(Buffer.from(input?.data ?? []).toString());
    const scheduled = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    const inFirstTask = scheduled.filter(
      ({ workflowTaskCompletedEventId }) =>
        String(workflowTaskCompletedEventId) === String(scheduled[0]?.workflowTaskCompletedEventId),
    );
    runs.push({ tellPause, firstActivities: inFirstTask.map(({ activityType }) => activityType?.name) });
  }
  return runs;
}

/** Rows and bytes: the session id is part of every row, so the stream hashes of two sessions differ. */
function delivered({ summary }: Session) {
  return Object.values(summary?.components ?? {}).map(({ rows, bytes }) => ({ rows, bytes }));
}
