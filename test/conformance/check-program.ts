import { join } from 'node:path';
import { checkComponent } from '../../src/conformance/check-component.ts';
import { type CheckReport, type RuleReport, reportOf } from '../../src/conformance/report.ts';
import type { ScenarioId } from '../../src/conformance/scenario-ids.ts';
import type { Dialect } from '../../src/conformance/transcript.ts';
import { python } from '../sdk/stage.ts';

export const PROGRAMS = join(import.meta.dirname, 'programs');

export interface CheckedProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly only?: readonly ScenarioId[];
  readonly dialect?: Dialect;
  /** Default: that of the command. */
  readonly patienceMs?: number;
}

/** Most of the time scenarios wait: all at once. */
const PARALLEL = 10;

export async function checkProgram({ program, args, env = {}, ...options }: CheckedProgram): Promise<CheckReport> {
  const launch = { program, args, cwd: process.cwd(), env: { PYTHONDONTWRITEBYTECODE: '1', ...env } };
  return reportOf(await checkComponent({ launch, parallel: PARALLEL, ...options }));
}

/** A Python program. */
export function inPython(path: string, ...args: string[]): Pick<CheckedProgram, 'program' | 'args'> {
  return { program: python(), args: [path, ...args] };
}

export function idsOf({ rules }: CheckReport, level: RuleReport['level'], verdict: RuleReport['verdict']): string[] {
  return rules.filter((rule) => rule.level === level && rule.verdict === verdict).map(({ id }) => id);
}
