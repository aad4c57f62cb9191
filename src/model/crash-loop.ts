import type { Component } from './session.ts';

/** So many failures within so long are a crash loop: whatever is wrong, another start does not mend it. */
export const CRASH_LOOP = { failures: 3, withinMs: 60_000 } as const;

export interface CrashLoop {
  readonly failures: number;
  /** From the first of them to the last, ms. */
  readonly withinMs: number;
}

/** The failures that still count once there is one more `at`, unix ms. */
export function recentFailures(before: readonly number[] = [], at: number): number[] {
  return [...before.filter((failure) => failure > at - CRASH_LOOP.withinMs), at];
}

/** The loop a component is in at `now`, unix ms; undefined once it has run for a while, and when it never was in one. */
export function crashLoop({ failures = [] }: Pick<Component, 'failures'>, now: number): CrashLoop | undefined {
  const recent = failures.filter((failure) => failure > now - CRASH_LOOP.withinMs);
  const [first] = recent;
  const last = recent.at(-1);
  if (first === undefined || last === undefined || recent.length < CRASH_LOOP.failures) return undefined;
  return { failures: recent.length, withinMs: last - first };
}
