import { join } from 'node:path';
import { AegisError } from '../model/errors.ts';
import type { StreamPlan } from '../model/plan.ts';
import { compareTopics } from '../model/topic.ts';
import { openColumns } from '../tape/column-tape.ts';
import { openRecordedTape, openTape } from '../tape/reader.ts';
import type { TopicSource } from './topic-cursor.ts';

/** The topics of a plan as the merge reads them: tapes are opened when their turn comes. */
export function planSources(plan: StreamPlan, tapesDir: string): TopicSource[] {
  const inOrder = plan.topics.map(({ topic }) => topic).sort(compareTopics);
  const open = plan.order === 'recorded' ? openRecordedTape : openTape;
  return plan.topics.map(({ topic, tapes, from }) => {
    const pathOf = (index: number): string => {
      const tape = tapes[index];
      if (tape === undefined) throw new AegisError('INTERNAL', `topic ${topic} has no tape ${index}`);
      return join(tapesDir, tape.path);
    };
    return {
      topic,
      rank: inOrder.indexOf(topic),
      ...(from === undefined ? {} : { from }),
      tapes: tapes.length,
      open: (index) => open(pathOf(index)),
      openColumns: (index) => openColumns(pathOf(index), topic),
    };
  });
}
