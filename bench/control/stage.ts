import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AegisClient, type SessionHandle } from '../../src/client/index.ts';
import { startAegisd, stopAegisd } from '../../src/client/start-aegisd.ts';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import { homePaths } from '../../src/model/paths.ts';
import type { LaunchSpec } from '../../src/model/session.ts';

const DAY = '2025-03-01';
const DAY_MS = 86_400_000;
const FROM = Date.parse(`${DAY}T00:00:00Z`);

/** The smallest component there is: Python, the protocol alone. */
export const COUNTER = fileURLToPath(new URL('../../examples/python/counter.py', import.meta.url));
export const LAUNCH: LaunchSpec = { program: '/usr/bin/env', args: ['python3', COUNTER], cwd: '/tmp', env: {} };
/** The same, slow: so that there is time to hold its session. */
export const SLOW_LAUNCH: LaunchSpec = {
  ...LAUNCH,
  args: ['python3', fileURLToPath(new URL('./slow-counter.py', import.meta.url))],
};

/** Where the control plane is measured: a home of its own, with everything that production has. */
export interface ControlStage {
  readonly home: string;
  readonly aegis: AegisClient;
  /** A historical session over one day. */
  create(name: string): Promise<SessionHandle>;
}

export interface StageOptions {
  /** Folder that takes the home. */
  readonly folder: string;
  /** Of each of two symbols; default 1,000. */
  readonly tradesPerDay?: number;
}

/** Runs `work` on a stage and leaves no process behind, whatever happens. */
export async function onStage<T>(
  { folder, tradesPerDay = 1_000 }: StageOptions,
  work: (stage: ControlStage) => Promise<T>,
): Promise<T> {
  const home = join(folder, 'control');
  await generateSample({
    visionDir: homePaths(home).vision,
    market: 'spot',
    symbols: ['BTCUSDT', 'ETHUSDT'],
    from: DAY,
    days: 1,
    tradesPerDay,
  });
  await startAegisd({ home });
  try {
    const aegis = await AegisClient.connect({ home });
    try {
      const spec = { mode: 'historical', market: 'spot', from: FROM, to: FROM + DAY_MS } as const;
      return await work({ home, aegis, create: (name) => aegis.createSession(name, spec) });
    } finally {
      await aegis.close();
    }
  } finally {
    await stopAegisd(home);
  }
}

/** Ends a session and waits until its processes are gone. */
export async function endSession(session: SessionHandle): Promise<void> {
  await session.shutdown();
  await session.ended();
}
