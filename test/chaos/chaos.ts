import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPONENTS } from './components.ts';
import type { PlannedRun } from './fault.ts';
import { nameOf } from './fault.ts';
import { chaosOptions } from './options.ts';
import { killAll } from './processes.ts';
import { resultTable, summarize } from './results.ts';
import { ChaosStage, type FaultResult } from './run.ts';
import { schedule } from './schedule.ts';

/** `npm run test:chaos [-- --kills N] [--seed N] [--kinds a,b] [--run N] [--json FILE]`; see docs/chaos.md. */
const options = chaosOptions(process.argv.slice(2), process.env);
const { seed, kills, kinds, only, json } = options;
/** About 250,000 rows. */
const TRADES = 50_000;

const runs = schedule({ seed, kills, kinds, components: COMPONENTS.length });
const chosen = runs.filter(({ number }) => only === undefined || number === only);
say(`seed ${seed}: ${kills} faults in ${runs.length} runs`);
if (options.plan) {
  for (const run of chosen) tellPlan(run);
} else {
  process.exitCode = (await play(chosen)) ? 0 : 1;
}

async function play(planned: readonly PlannedRun[]): Promise<boolean> {
  const results: FaultResult[] = [];
  const failed: { readonly run: number; readonly reason: string }[] = [];
  const began = performance.now();
  const stage = await ChaosStage.open({ trades: TRADES });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => giveUp(stage.aegis.home));
  process.once('uncaughtException', (error) => giveUp(stage.aegis.home, error));
  try {
    for (const run of planned) {
      const started = performance.now();
      try {
        await stage.run(run, (result) => {
          results.push(result);
          const at = `${Math.round(result.progress * 100)} %`.padStart(5);
          say(`  ${at}  ${result.what}: ${Math.round(result.recoveryMs)} ms`);
        });
        say(`run ${run.number} of ${runs.length}: whole, ${seconds(started)}`);
      } catch (error) {
        const reason = reasonOf(error);
        failed.push({ run: run.number, reason });
        say(`run ${run.number} of ${runs.length}: FAILED, ${seconds(started)}\n${reason}\n${reproduce(run.number)}`);
        keepEvidence(stage.aegis.home, run.number);
      }
    }
  } finally {
    await stage.close();
  }
  for (const line of resultTable(results)) say(line);
  say(`${results.length} faults, ${failed.length} of ${planned.length} runs failed, ${seconds(began)}`);
  if (json !== undefined) {
    const report = { version: 1, seed, kills, kinds, failed, summary: summarize(results), results };
    writeFileSync(json, `${JSON.stringify(report, null, 1)}\n`);
  }
  return failed.length === 0;
}

/** Nothing may be left of a suite that was interrupted either. */
function giveUp(home: string, error?: Error): void {
  if (error !== undefined) say(error.stack ?? error.message);
  killAll(home);
  rmSync(home, { recursive: true, force: true });
  process.exit(error === undefined ? 130 : 1);
}

function reproduce(run: number): string {
  const kindsOption = options.kindsGiven ? ` --kinds ${kinds.join()}` : '';
  return `again: AEGIS_CHAOS_SEED=${seed} npm run test:chaos -- --kills ${kills}${kindsOption} --run ${run}`;
}

function keepEvidence(home: string, run: number): void {
  const folder = join(tmpdir(), `aegis-chaos-${seed}-${run}`);
  for (const name of ['run', 'runs']) {
    cpSync(join(home, name), join(folder, name), { recursive: true, filter: (path) => !path.endsWith('.sock') });
  }
  say(`logs: ${folder}`);
}

function tellPlan({ number, faults }: PlannedRun): void {
  say(`run ${number}`);
  for (const fault of faults) say(`  ${fault.moment.toFixed(3)}  ${nameOf(fault)}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`;
}

function seconds(since: number): string {
  return `${Math.round((performance.now() - since) / 1_000)} s`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
