import { open, type Rule, type Verdict } from './rules/rule.ts';
import type { Transcript } from './transcript.ts';

/** The verdict on a rule over all scenarios: one in which it is broken decides. */
export interface Judgement {
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** Where it was broken. */
  readonly scenario?: string;
}

/** Judges the rules that the scenarios have something to say about. */
export function judge(rules: readonly Rule[], transcripts: readonly Transcript[]): readonly Judgement[] {
  return rules.map((rule) => judgeRule(rule, transcripts));
}

function judgeRule(rule: Rule, transcripts: readonly Transcript[]): Judgement {
  const found = transcripts
    .filter(({ scenario }) => rule.scenarios?.includes(scenario) !== false)
    .flatMap((transcript) => {
      const verdict = rule.judge(transcript);
      return verdict === undefined ? [] : [{ scenario: transcript.scenario, verdict }];
    });
  const broken = found.find(({ verdict }) => verdict.verdict === 'broken');
  if (broken !== undefined) return { rule, ...broken };
  const kept = found.find(({ verdict }) => verdict.verdict === 'kept');
  const [first] = found;
  return { rule, verdict: (kept ?? first)?.verdict ?? open('no scenario was played for it') };
}
