import type { ComponentStream } from '../component-stream.ts';
import type { StreamGroup } from '../stream-group.ts';
import type { StreamPoint } from '../stream-point.ts';

/** Rows of the merged stream that a component will never get, both included. */
export interface MissingRows {
  readonly component: ComponentStream;
  readonly from: number;
  readonly to: number;
}

/**
 * The log has nothing before row `firstSeq`: the stream goes on there, or at the first place after it whose row number is
 * known. Tells who loses what by it; a component that has taken the rows already loses nothing.
 */
export function passMissing(
  group: StreamGroup,
  members: ReadonlySet<ComponentStream>,
  firstSeq: number,
): MissingRows[] {
  const from = group.seq;
  const known = knownPlace(group, members, firstSeq);
  if (known === undefined) {
    group.jump(firstSeq);
    return [...members].map((component) => ({ component, from, to: firstSeq - 1 }));
  }
  // Its rows were counted when they came the first time: what follows has its number only from there.
  const held = group.heldSeq ?? from;
  group.restart({ ...known, hash: undefined });
  const losing = [...members].filter(({ taken }) => taken < known.bytes);
  for (const component of losing) component.skipTo(known);
  return losing.map((component) => ({ component, from: held, to: known.seq - 1 }));
}

function knownPlace(
  group: StreamGroup,
  members: ReadonlySet<ComponentStream>,
  firstSeq: number,
): StreamPoint | undefined {
  const places = [group.pointFrom(firstSeq), ...[...members].map(({ near }) => near)];
  return places
    .filter((place) => place !== undefined)
    .filter(({ seq }) => seq >= firstSeq)
    .sort((one, other) => one.seq - other.seq)[0];
}
