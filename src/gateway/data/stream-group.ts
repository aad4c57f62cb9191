import { ArrowSchema } from './arrow/arrow-schema.ts';
import { ColumnGroup, type HeldRows } from './arrow/column-group.ts';
import type { HeldSlice } from './held-slice.ts';
import type { RowFormat } from './row-format.ts';
import { TopicGroup } from './topic-group.ts';

/**
 * The stream of one set of topics, as lines or as columns. Places in it are counted in bytes of lines or, where it is
 * columns, in rows: a row of columns has no length of its own, so that `bytes` of such a group are rows.
 */
export type StreamGroup = TopicGroup | ColumnGroup;

/** The place after rows that were held. */
export function endOfHeld(held: HeldSlice | HeldRows): number {
  return 'lines' in held ? held.start + held.lines.length : held.rowsAtEnd;
}

/** What a component's stream is made of. */
export interface GroupKey {
  /** Short topics of the plan. */
  readonly plan: readonly string[];
  /** Those of the component, in the order of CONFIGURE. */
  readonly topics: readonly string[];
  /** Rows of the merged stream below are not part of it. */
  readonly fromSeq: number;
  readonly format: RowFormat;
}

/** A new group; undefined when the plan has none of the topics. */
export function newGroup(sessionId: string, { plan, topics, fromSeq, format }: GroupKey): StreamGroup | undefined {
  const indices = indicesOf(plan, topics);
  if (indices.length === 0) return undefined;
  if (format === 'ndjson') return new TopicGroup(indices, fromSeq);
  const wanted = plan.map((topic) => (topics.includes(topic) ? topic : undefined));
  return new ColumnGroup({ sessionId, schema: new ArrowSchema(sessionId, topics), topics: wanted, fromSeq });
}

/** True when the group is the stream of such components. */
export function isGroupOf(group: StreamGroup, { plan, topics, fromSeq, format }: GroupKey): boolean {
  if (group.format === 'arrow') return format === 'arrow' && group.isOf(topics, fromSeq);
  return format === 'ndjson' && group.isOf(indicesOf(plan, topics), fromSeq);
}

function indicesOf(plan: readonly string[], topics: readonly string[]): number[] {
  return plan.flatMap((topic, index) => (topics.includes(topic) ? [index] : []));
}
