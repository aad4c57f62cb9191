import { AegisError } from '../../../model/errors.ts';
import type { SliceColumns } from '../../../model/wire/column-block.ts';
import { runWord } from '../../../model/wire/order.ts';
import type { Slice } from '../assembler.ts';
import { lineEnd } from '../held-slice.ts';
import { blockOfLines, blockOfTexts } from './line-columns.ts';

/** Short topics by their index in the plan; undefined where nobody wants the topic. */
export type WantedTopics = readonly (string | undefined)[];

const TOPIC = Buffer.from('"topic":"', 'latin1');
const QUOTE = 34;

/** The columns of a slice; those that a tape does not have are made of its rows' text. */
export function columnsOfSlice(topics: WantedTopics, { columns }: Slice): SliceColumns {
  if (columns === undefined) throw new AegisError('STREAM_FAILED', 'a slice came without its columns');
  if (!columns.blocks.some((block) => block?.plain === true)) return columns;
  const blocks = columns.blocks.map((block, index) => {
    const topic = topics[index];
    return topic === undefined || block?.plain !== true ? block : blockOfTexts(topic, block);
  });
  return { blocks, runs: columns.runs };
}

/** Rows of a realtime stream as they follow each other. `indices`: of the full topics that are wanted. */
export function columnsOfLines(
  topics: WantedTopics,
  indices: ReadonlyMap<string, number>,
  lines: Buffer,
): SliceColumns {
  const parts: Buffer[][] = topics.map(() => []);
  const runs: number[] = [];
  for (let place = 0; place < lines.length; ) {
    const end = lineEnd(lines, place);
    const start = lines.indexOf(TOPIC, place) + TOPIC.length;
    const index = indices.get(lines.toString('utf8', start, lines.indexOf(QUOTE, start)));
    if (index !== undefined) {
      parts[index]?.push(lines.subarray(place, end));
      runs.push(runWord(index, 1));
    }
    place = end;
  }
  const blocks = topics.map((topic, index) => {
    const own = parts[index] ?? [];
    return topic === undefined || own.length === 0 ? undefined : blockOfLines(topic, Buffer.concat(own));
  });
  return { blocks, runs: Uint32Array.from(runs) };
}
