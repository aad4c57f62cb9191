import type { ComponentStream } from './component-stream.ts';
import type { CurrentRun } from './current-run.ts';
import type { Claim } from './stream-position.ts';

/** Why a component cannot begin where it asks for; undefined when it can. */
export function refusalOf(claim: Claim, component: ComponentStream, run: CurrentRun | undefined): string | undefined {
  const { group } = component;
  if (claim.from === undefined || group === undefined || run === undefined) return undefined;
  const row = component.preview(claim);
  if (row === undefined) return undefined;
  if (group.total !== undefined && row > group.total) {
    return `invalid from: row ${row} is beyond the end of the stream, which has ${group.total} rows`;
  }
  if (run.finished && row < group.rows) return `invalid from: run ${run.run} has ended and cannot be replayed`;
  return undefined;
}

/** After the end of a run nothing is corrected any more. */
export function withoutReceived({ received: _, ...claim }: Claim): Claim {
  return claim;
}
