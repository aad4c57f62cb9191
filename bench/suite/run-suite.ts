import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/model/errors.ts';
import type { NatsServer } from '../../src/servers/start-nats.ts';
import { prepareDataset } from '../data/prepare.ts';
import type { PreparedData } from '../data/reference.ts';
import { startBenchNats } from '../path/bench-nats.ts';
import type { BenchArgs } from './args.ts';
import type { BenchContext, Block, BlockOutcome } from './block.ts';

const NATS_STOP_MS = 3_000;
const INTERRUPTED = 130;

/** Runs the chosen cases of all blocks. Whatever happens, the nats-server is ended and what was written is removed. */
export async function runSuite(
  blocks: readonly Block[],
  args: BenchArgs,
  tell: (text: string) => void,
): Promise<BlockOutcome> {
  const home = await mkdtemp(join(tmpdir(), 'aegis-bench-'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'aegis', 'bench');
  let nats: Promise<NatsServer> | undefined;
  const prepared = new Map<string, Promise<PreparedData>>();
  const context: BenchContext = {
    home,
    cache,
    runs: args.runs,
    minutes: args.minutes,
    tell,
    nats: () => {
      nats ??= startBenchNats(home);
      return nats;
    },
    data: (name) => {
      const data = prepared.get(name) ?? prepareDataset(name, cache, tell);
      prepared.set(name, data);
      return data;
    },
  };
  const outcomes: BlockOutcome[] = [];
  // Every process that was started ends with this one; what it has written does not.
  const onSignal = (): never => {
    rmSync(home, { recursive: true, force: true });
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    for (const block of blocks) {
      if (!block.cases.some((name) => args.cases.has(name))) continue;
      tell(`${block.name} …`);
      try {
        outcomes.push(await block.run(context, args.cases));
      } catch (error) {
        // What the other blocks have measured is worth minutes.
        tell(`${block.name} failed: ${messageOf(error)}`);
        outcomes.push({ results: [], skipped: [], failed: [{ name: block.name, reason: messageOf(error) }] });
      }
    }
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await (await nats)?.process.stop(NATS_STOP_MS);
    await rm(home, { recursive: true, force: true });
  }
  return {
    results: outcomes.flatMap(({ results }) => results),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
    failed: outcomes.flatMap(({ failed }) => failed),
  };
}
