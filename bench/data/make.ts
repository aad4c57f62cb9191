import { DATASETS } from './dataset.ts';
import { makeDataset } from './make-dataset.ts';

/** A process: makes one dataset in a folder, and tells now and then how many rows it has. */
const TELL_EVERY = 50_000;
const [name = '', folder = ''] = process.argv.slice(2);
const dataset = Object.values(DATASETS).find((each) => each.name === name);
if (dataset === undefined) throw new Error(`there is no dataset ${name}`);
const parent = process.ppid;
makeDataset(dataset, folder, (rows) => {
  if (rows % TELL_EVERY !== 0) return;
  // The loop never ends before the rows do: a parent that is gone shows by another one in its place.
  if (process.ppid !== parent) process.exit(1);
  process.send?.(rows);
});
process.exit(0);
