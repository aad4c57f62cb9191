import { blockColumns, isSent } from '../../model/wire/columns.ts';
import { PACK_SLICES, SLICE_BYTES, SLICE_ROWS } from '../../model/wire/slice-limits.ts';

const TIME_BYTES = 8;
const VALUE_BYTES = 8;
/** A run for each row. */
const RUN_BYTES = 4;
/** Of a block, beside its rows: what is said of it, and what fills each of its columns up to a multiple of 8. */
const BLOCK_BYTES = 32;
const FILL_BYTES = 8;

/** Slices whose columns fit into {@link SLICE_BYTES} whatever their rows are: 1 when a topic has texts. */
export function slicesThatFit(topics: readonly string[]): number {
  let widest = 0;
  let overhead = 0;
  for (const topic of topics) {
    const sent = blockColumns(topic, false).filter(isSent);
    if (sent.some(({ kind }) => kind === 'utf8')) return 1;
    const width = sent.reduce((sum, { kind }) => sum + (kind === 'bool' ? 1 : VALUE_BYTES), TIME_BYTES);
    widest = Math.max(widest, width);
    overhead += BLOCK_BYTES + FILL_BYTES * (sent.length + 2);
  }
  const fitting = Math.floor((SLICE_BYTES - overhead) / (SLICE_ROWS * (widest + RUN_BYTES)));
  return Math.max(1, Math.min(PACK_SLICES, fitting));
}
