import { entryLine } from '../../conformance/entry-line.ts';
import type { CheckReport, RuleReport, ScenarioReport } from '../../conformance/report.ts';
import { duration, plural, table } from './table.ts';

export interface CheckLinesOptions {
  readonly command: string;
  readonly elapsedMs: number;
  /** All messages of all scenarios. */
  readonly verbose: boolean;
}

const MARKS = { kept: 'kept', broken: 'BROKEN', 'not exercised': '-' } as const;

/** The report as people read it: all rules, then what is broken, with the messages that show it. */
export function checkLines(report: CheckReport, { command, elapsedMs, verbose }: CheckLinesOptions): string[] {
  const { rules, scenarios, dialect } = report;
  const played = scenarios.filter(({ skipped }) => skipped === undefined).length;
  const broken = rules.filter(({ verdict }) => verdict === 'broken');
  return [
    `${command}: ${dialect ?? 'no'} dialect, ${plural(played, 'scenario')} in ${duration(elapsedMs)}`,
    '',
    ...table(['verdict', 'level', 'rule', 'a component …'], rules.map(ruleCells)),
    ...broken.flatMap(breachLines),
    '',
    summary(rules),
    ...(verbose ? scenarios.flatMap(scenarioLines) : []),
  ];
}

function ruleCells({ verdict, level, id, text, reason }: RuleReport): string[] {
  return [MARKS[verdict], level, id, reason === undefined ? text : `${text} (not exercised: ${reason})`];
}

function breachLines({ id, level, text, reference, breach }: RuleReport): string[] {
  if (breach === undefined) return [];
  const { scenario, problem, remedy, messages, output } = breach;
  return [
    '',
    `BROKEN ${level} ${id}, in scenario ${scenario}`,
    `  found:    ${problem}`,
    `  expected: a component ${text}; ${reference}`,
    `  next:     ${remedy}`,
    ...messages.map((line) => `  ${line}`),
    ...(output.length === 0 ? [] : ['  its last lines:', ...output.map((line) => `    ${line}`)]),
  ];
}

function summary(rules: readonly RuleReport[]): string {
  const number = (verdict: RuleReport['verdict']) => rules.filter((rule) => rule.verdict === verdict);
  const broken = number('broken');
  const must = broken.filter(({ level }) => level === 'MUST').length;
  const parts = [`${plural(number('kept').length, 'rule')} kept`, `${broken.length} broken (${must} MUST)`];
  return [...parts, `${number('not exercised').length} not exercised`].join(', ');
}

function scenarioLines({ id, title, skipped, entries }: ScenarioReport): string[] {
  const head = ['', `scenario ${id}: ${title}`];
  if (skipped !== undefined) return [...head, `  not played: ${skipped}`];
  return [...head, ...entries.flatMap((entry) => entryLine(entry) ?? []).map((line) => `  ${line}`)];
}
