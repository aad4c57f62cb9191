import type { ColumnBlock, ColumnValues, SliceColumns } from '../../../model/wire/column-block.ts';
import { runBytes as runRows, runTopic, runWord } from '../../../model/wire/order.ts';

/** The rows of a slice after its first `skipped` ones; nothing is copied but the runs. */
export function laterRows({ blocks, runs }: SliceColumns, skipped: number): SliceColumns {
  const taken = new Int32Array(blocks.length);
  const later: number[] = [];
  let left = skipped;
  for (const run of runs) {
    const topic = runTopic(run);
    const gone = Math.min(left, runRows(run));
    left -= gone;
    taken[topic] = (taken[topic] ?? 0) + gone;
    if (runRows(run) > gone) later.push(runWord(topic, runRows(run) - gone));
  }
  return { blocks: blocks.map((block, topic) => from(block, taken[topic] ?? 0)), runs: Uint32Array.from(later) };
}

function from(block: ColumnBlock | undefined, row: number): ColumnBlock | undefined {
  if (block === undefined || row === 0) return block;
  if (row === block.rows) return undefined;
  const { rows, ts, columns } = block;
  return {
    ...block,
    rows: rows - row,
    ts: ts.subarray(2 * row),
    columns: columns.map((each) => valuesFrom(each, row)),
  };
}

function valuesFrom(values: ColumnValues, row: number): ColumnValues {
  switch (values.kind) {
    case 'words':
      return { kind: 'words', words: values.words.subarray(2 * row) };
    case 'bytes':
      return { kind: 'bytes', bytes: values.bytes.subarray(row) };
    case 'texts':
      return { kind: 'texts', offsets: values.offsets.subarray(row), bytes: values.bytes };
    case 'constant':
      return values;
  }
}
