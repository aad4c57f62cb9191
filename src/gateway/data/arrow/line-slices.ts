import type { SliceColumns } from '../../../model/wire/column-block.ts';
import { runBytes, runTopic, runWord } from '../../../model/wire/order.ts';
import type { Slice } from '../assembler.ts';
import { lineEnd } from '../held-slice.ts';
import { blockOfLines } from './line-columns.ts';

/** Short topics by their index in the plan; undefined where nobody wants the topic. */
export type WantedTopics = readonly (string | undefined)[];

const TOPIC = Buffer.from('"topic":"', 'latin1');
const QUOTE = 34;

/** The wanted rows of a slice of lines. */
export function columnsOfSlice(topics: WantedTopics, { clock, lines }: Slice): SliceColumns {
  const read = new Int32Array(lines.length);
  const runs: number[] = [];
  for (const word of clock.order) {
    const index = runTopic(word);
    const from = read[index] ?? 0;
    const to = from + runBytes(word);
    read[index] = to;
    if (topics[index] !== undefined) runs.push(runWord(index, rowsOf(asBuffer(lines[index]), from, to)));
  }
  const blocks = topics.map((topic, index) => {
    const part = lines[index];
    return topic === undefined || part === undefined ? undefined : blockOfLines(topic, asBuffer(part));
  });
  return { blocks, runs: Uint32Array.from(runs) };
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

function rowsOf(lines: Buffer, from: number, to: number): number {
  let rows = 0;
  for (let place = from; place < to; place = lineEnd(lines, place)) rows += 1;
  return rows;
}

function asBuffer(bytes: Uint8Array | undefined): Buffer {
  return bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
