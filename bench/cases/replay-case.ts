import type { MeasuredReplay } from '../path/measure-replay.ts';
import type { BenchContext } from '../suite/block.ts';
import type { Contestant, Sample } from '../suite/contest.ts';

/** The case that the ratios are to. */
export const RAW_SOCKET = 'raw-socket';

/** One case of the contest; what it needs is made ready before the first round. */
export interface ReplayCase {
  readonly name: string;
  /** Throws {@link CaseSkipped} where it cannot be measured. */
  readonly prepare: (context: BenchContext) => Promise<Contestant>;
}

export function sampleOf({ seconds, delivered, processes, foreign }: MeasuredReplay, components: number): Sample {
  const rows = delivered.reduce((sum, each) => sum + each.rows, 0);
  return { value: rows / seconds, rows: rows / components, processes, foreign };
}
