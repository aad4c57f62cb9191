import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BATCH_ROWS } from '../../src/tape/writer.ts';
import { forkProcess } from '../../test/orchestrator/child.ts';
import { processTimes } from '../path/usage.ts';
import { DATASETS, type DatasetName, totalRows } from './dataset.ts';
import { type PreparedData, readPrepared } from './reference.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What decides about the bytes of a tape, and of a reference. */
const SOURCES = [
  'bench/data/column-digest.ts',
  'bench/data/dataset.ts',
  'bench/data/generated-trades.ts',
  'bench/data/make-dataset.ts',
  'bench/data/stream-digest.ts',
  'bench/data/topic-tapes.ts',
  'src/tape/arrow-file.ts',
];
/** Data that no suite has used for so long are of an older version. */
const STALE_MS = 6 * 3_600_000;

export type Tell = (text: string) => void;

/** The data of a dataset, from the cache below `folder` or made by a process of its own. */
export async function prepareDataset(name: DatasetName, folder: string, tell: Tell): Promise<PreparedData> {
  const parent = join(folder, 'data', fingerprint());
  const target = join(parent, name);
  if (!existsSync(join(target, 'reference.json'))) {
    await make(name, target, tell);
    removeStale(join(folder, 'data'));
  }
  const now = new Date();
  utimesSync(parent, now, now);
  return readPrepared(target);
}

async function make(name: DatasetName, target: string, tell: Tell): Promise<void> {
  removeUnfinished(dirname(target));
  const staging = `${target}.${process.pid}`;
  const total = totalRows(DATASETS[name]);
  let told = 0;
  const onRows = (rows: number): void => {
    const tenths = Math.floor((10 * rows) / total);
    if (tenths > told) tell(`making the data ${name}: ${10 * tenths} % of ${total / 1e6} M rows`);
    told = tenths;
  };
  const maker = forkProcess<number>('bench/data/make.ts', onRows, [name, staging]);
  try {
    const code = await maker.exited;
    if (code !== 0) throw new Error(`the data ${name} could not be made: exit code ${code}`);
    // Another suite may have been faster.
    if (!existsSync(target)) renameSync(staging, target);
  } finally {
    maker.child.kill('SIGKILL');
    rmSync(staging, { recursive: true, force: true });
  }
}

function fingerprint(): string {
  const hash = createHash('sha256').update(String(BATCH_ROWS));
  for (const source of SOURCES) hash.update(readFileSync(join(ROOT, source)));
  return hash.digest('hex').slice(0, 16);
}

/** What a suite that was killed has left: folders with the id of its process. */
function removeUnfinished(parent: string): void {
  if (!existsSync(parent)) return;
  for (const entry of readdirSync(parent)) {
    const pid = /\.(\d+)$/.exec(entry)?.[1];
    if (pid === undefined || processTimes(Number(pid)) !== undefined) continue;
    rmSync(join(parent, entry), { recursive: true, force: true });
  }
}

function removeStale(parent: string): void {
  for (const entry of readdirSync(parent)) {
    const path = join(parent, entry);
    if (Date.now() - statSync(path).mtimeMs > STALE_MS) rmSync(path, { recursive: true, force: true });
  }
}
