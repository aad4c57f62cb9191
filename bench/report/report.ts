import type { Machine } from '../machine.ts';
import type { BenchResult } from '../result.ts';
import type { Skipped } from '../suite/block.ts';

/** Everything a run of the suite has to say: the content of results.json. */
export interface BenchReport {
  readonly version: 2;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: Machine;
  /** Of what took part, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly BenchResult[];
  readonly skipped: readonly Skipped[];
  readonly failed: readonly Skipped[];
}
