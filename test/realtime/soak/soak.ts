import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAll } from '../../chaos/processes.ts';
import { nameOf } from './fault.ts';
import { growthProblems } from './memory.ts';
import { soakOptions } from './options.ts';
import { plan } from './plan.ts';
import { SYMBOLS } from './readers.ts';
import { reportLines, summarize } from './report.ts';
import { type FaultResult, SoakStage } from './stage.ts';

/** `npm run test:soak [-- --minutes N] [--seed N] [--speed N] [--messages N] [--kinds a,b] [--json FILE]`; see docs/soak.md. */
const options = soakOptions(process.argv.slice(2), process.env);
const { seed, minutes, speed, messages, kinds, json } = options;
const PLANNED_SHOWN = 100;

const faults = plan({ seed, kinds, symbols: SYMBOLS });
say(`seed ${seed}: ${minutes} min, market time ${speed} times as fast, ${messages} messages/s`);
if (options.plan) {
  for (const fault of faults) {
    if (fault.number > PLANNED_SHOWN) break;
    say(`${fault.number}  after ${fault.pauseMs} ms  ${nameOf(fault)}`);
  }
} else {
  process.exitCode = (await soak()) ? 0 : 1;
}

async function soak(): Promise<boolean> {
  const results: FaultResult[] = [];
  const stage = await SoakStage.open({ seed, messages, speed });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => giveUp(stage.aegis.home));
  process.once('uncaughtException', (error) => giveUp(stage.aegis.home, error));
  try {
    const report = await stage.run(faults, minutes * 60_000, (result) => {
      results.push(result);
      say(`  ${result.number}  ${result.what}: ${Math.round(result.recoveryMs)} ms`);
    });
    const problems = [...report.problems, ...growthProblems(report.memory)];
    for (const line of reportLines(report, results)) say(line);
    for (const problem of problems) say(`FAILED: ${problem}`);
    if (problems.length > 0) keepEvidence(stage.aegis.home);
    say(problems.length === 0 ? 'whole' : `${problems.length} problems\n${again()}`);
    if (json !== undefined) {
      const text = {
        version: 1,
        seed,
        minutes,
        speed,
        messages,
        kinds,
        ...report,
        problems,
        summary: summarize(results),
        results,
      };
      writeFileSync(json, `${JSON.stringify(text, null, 1)}\n`);
    }
    return problems.length === 0;
  } catch (error) {
    say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n${again()}`);
    keepEvidence(stage.aegis.home);
    return false;
  } finally {
    await stage.close();
  }
}

function again(): string {
  return `again: npm run test:soak -- --seed ${seed} --minutes ${minutes} --speed ${speed} --messages ${messages}`;
}

/** Nothing may be left of a soak that was interrupted either. */
function giveUp(home: string, error?: Error): void {
  if (error !== undefined) say(error.stack ?? error.message);
  killAll(home);
  rmSync(home, { recursive: true, force: true });
  process.exit(error === undefined ? 130 : 1);
}

function keepEvidence(home: string): void {
  const folder = join(tmpdir(), `aegis-soak-${seed}`);
  const kept = (path: string): boolean => !path.endsWith('.sock');
  for (const name of ['run', 'runs']) cpSync(join(home, name), join(folder, name), { recursive: true, filter: kept });
  say(`logs: ${folder}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
