import { open, type Rule, type Verdict } from './rules/rule.ts';
import type { Transcript } from './transcript.ts';

/** The verdict on a rule over all scenarios: one in which it is broken decides. */
export interface Judgement {
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** Where it was broken. */
  readonly scenario?: string;
}

/** A scenario that was not played. */
export interface Skipped {
  readonly scenario: string;
  readonly reason: string;
}

export interface JudgeOptions {
  readonly rules: readonly Rule[];
  readonly transcripts: readonly Transcript[];
  readonly skipped: readonly Skipped[];
}

export function judge({ rules, transcripts, skipped }: JudgeOptions): readonly Judgement[] {
  return rules.map((rule) => judgeRule(rule, transcripts, skipped));
}

function judgeRule(rule: Rule, transcripts: readonly Transcript[], skipped: readonly Skipped[]): Judgement {
  const scenarios: readonly string[] | undefined = rule.scenarios;
  const applies = ({ scenario }: Skipped | Transcript): boolean => scenarios?.includes(scenario) !== false;
  const found = transcripts
    .filter(applies)
    .map((transcript) => ({ scenario: transcript.scenario, verdict: rule.judge(transcript) }));
  const broken = found.find(({ verdict }) => verdict.verdict === 'broken');
  if (broken !== undefined) return { rule, ...broken };
  const kept = found.find(({ verdict }) => verdict.verdict === 'kept');
  const [first] = found;
  const reason = skipped.find(applies)?.reason ?? 'its scenario was not played';
  return { rule, verdict: (kept ?? first)?.verdict ?? open(reason) };
}
