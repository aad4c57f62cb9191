import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { NATS_SPEC, TEMPORAL_SPEC } from '../../src/servers/server-spec.ts';
import type { Block } from '../suite/block.ts';
import { type Contestant, runContest, type Sample } from '../suite/contest.ts';

const NAME = 'cold-start';
const AEGISCTL = fileURLToPath(new URL('../../src/client/cli/aegisctl.ts', import.meta.url));
const run = promisify(execFile);

/** `aegisctl up` in a new home, to its return: Temporal, NATS and aegisd are ready. The servers' programs are in the cache. */
export const coldStart: Block = {
  name: NAME,
  cases: [NAME],
  run: async ({ home, runs, tell }) => {
    for (const spec of [NATS_SPEC, TEMPORAL_SPEC]) await resolveServer(spec);
    const contestant: Contestant = {
      name: NAME,
      unit: 's',
      note: '`aegisctl up` in a new home until it returns: Temporal, NATS and aegisd are ready; programs in the cache',
      run: async () => startOnce(home),
    };
    return { ...(await runContest({ contestants: [contestant], rounds: runs, tell })), skipped: [] };
  },
};

async function startOnce(parent: string): Promise<Sample> {
  const home = await mkdtemp(join(parent, 'cold-'));
  const env = { ...process.env, AEGIS_HOME: home };
  try {
    const began = performance.now();
    await run(process.execPath, [AEGISCTL, 'up'], { env });
    const seconds = (performance.now() - began) / 1_000;
    return { value: seconds, rows: 0, processes: [] };
  } finally {
    await run(process.execPath, [AEGISCTL, 'down'], { env });
    await rm(home, { recursive: true, force: true });
  }
}
