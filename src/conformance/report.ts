import type { CheckResult } from './check-component.ts';
import { entryLine } from './entry-line.ts';
import type { Judgement } from './judge.ts';
import type { Level, Rule } from './rules/rule.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { Dialect, Entry, Transcript } from './transcript.ts';

/** What `aegisctl component check` tells, as plain data. */
export interface CheckReport {
  /** No MUST is broken. */
  readonly conforms: boolean;
  /** What the component spoke; null when it sent nothing. */
  readonly dialect: Dialect | null;
  readonly rules: readonly RuleReport[];
  readonly scenarios: readonly ScenarioReport[];
}

export interface RuleReport {
  readonly id: string;
  readonly level: Level;
  readonly text: string;
  /** `docs/component-protocol.md#register`. */
  readonly reference: string;
  readonly verdict: 'kept' | 'broken' | 'not exercised';
  /** Why it was not exercised. */
  readonly reason?: string;
  readonly breach?: Breach;
}

export interface Breach {
  readonly scenario: string;
  readonly problem: string;
  readonly remedy: string;
  /** The excerpt of the transcript that shows it. */
  readonly messages: readonly string[];
  /** The last lines of the program's output, when it died of it. */
  readonly output: readonly string[];
}

export interface ScenarioReport {
  readonly id: string;
  readonly title: string;
  /** Why it was not played. */
  readonly skipped?: string;
  readonly entries: readonly Entry[];
}

const SHOWN_FIRST = 4;
const SHOWN = 14;

export function reportOf({ dialect, judgements, transcripts, skipped }: CheckResult): CheckReport {
  const rules = judgements.map((judgement) => ruleReport(judgement, transcripts));
  const scenarios = SCENARIOS.flatMap(({ id, title }) => {
    const reason = skipped.find(({ scenario }) => scenario === id)?.reason;
    const transcript = transcripts.find(({ scenario }) => scenario === id);
    if (reason !== undefined) return [{ id, title, skipped: reason, entries: [] }];
    return transcript === undefined ? [] : [{ id, title, entries: transcript.entries }];
  });
  const conforms = !rules.some(({ level, verdict }) => level === 'MUST' && verdict === 'broken');
  return { conforms, dialect: dialect ?? null, rules, scenarios };
}

/** Where a rule comes from. */
export function referenceOf({ document = 'component-protocol', section }: Rule): string {
  return `docs/${document}.md#${section}`;
}

function ruleReport({ rule, verdict, scenario = '' }: Judgement, transcripts: readonly Transcript[]): RuleReport {
  const { id, level, text, remedy } = rule;
  const head = { id, level, text, reference: referenceOf(rule) };
  switch (verdict.verdict) {
    case 'kept':
      return { ...head, verdict: 'kept' };
    case 'open':
      return { ...head, verdict: 'not exercised', reason: verdict.reason };
    case 'broken': {
      const entries = transcripts.find((each) => each.scenario === scenario)?.entries ?? [];
      const [first, last] = verdict.at;
      const shown = entries.slice(first, last + 1).filter((entry) => id.includes('ping') || !isHeartbeat(entry));
      const messages = shortened(shown.flatMap((entry) => entryLine(entry) ?? []));
      const { problem } = verdict;
      return { ...head, verdict: 'broken', breach: { scenario, problem, remedy, messages, output: outputOf(entries) } };
    }
    default:
      return verdict satisfies never;
  }
}

/** PINGs go on all the time and say nothing about most rules. */
function isHeartbeat(entry: Entry): boolean {
  if (entry.kind === 'sent') return entry.body.command === 'PING';
  return entry.kind === 'message' && entry.fields.command === 'PONG';
}

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN) return [...lines];
  const left = lines.length - SHOWN;
  return [...lines.slice(0, SHOWN_FIRST), `            … ${left} more`, ...lines.slice(SHOWN_FIRST + left)];
}

/** Empty when the check has ended the program itself. */
function outputOf(entries: readonly Entry[]): readonly string[] {
  const ended = entries.findIndex(({ kind }) => kind === 'ended');
  const entry = entries[ended];
  const signalled = entries.slice(0, Math.max(0, ended)).some(({ kind }) => kind === 'signalled');
  return entry?.kind !== 'ended' || signalled ? [] : entry.output.filter((line) => line !== '');
}
