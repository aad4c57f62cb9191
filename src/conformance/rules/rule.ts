import type { ScenarioId } from '../scenario-ids.ts';
import type { Transcript } from '../transcript.ts';

/** MUST: Aegis or another component suffers otherwise, or rows are lost. SHOULD: this component is worse off. */
export type Level = 'MUST' | 'SHOULD';

/** `at`: the entries of the transcript that show it, first and last. */
export type Verdict =
  | { readonly verdict: 'kept' }
  | { readonly verdict: 'broken'; readonly problem: string; readonly at: readonly [first: number, last: number] }
  | { readonly verdict: 'open'; readonly reason: string };

/** `open` when the scenario did not come so far. */
export type Judge = (transcript: Transcript) => Verdict;

export interface Rule {
  /** Stable: scripts may look for it. */
  readonly id: string;
  readonly level: Level;
  /** The page below docs that it comes from, default `component-protocol`, and the anchor of the heading. */
  readonly document?: 'component-protocol' | 'stream';
  readonly section: string;
  /** What a component does that keeps it. */
  readonly text: string;
  readonly remedy: string;
  /** Scenarios that it is judged in; all when missing. */
  readonly scenarios?: readonly ScenarioId[];
  readonly judge: Judge;
}

export const KEPT: Verdict = { verdict: 'kept' };

export function broken(problem: string, first: number, last = first): Verdict {
  return { verdict: 'broken', problem, at: [first, last] };
}

export function open(reason: string): Verdict {
  return { verdict: 'open', reason };
}
