import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AegisClient } from '../src/client/index.ts';
import { startAegisd, stopAegisd } from '../src/client/start-aegisd.ts';
import { generateSample } from '../src/market/binance/sample/generate.ts';
import { homePaths } from '../src/model/paths.ts';
import { type BenchResult, resultOf } from './result.ts';

const DAY = '2025-03-01';
const FROM = Date.parse(`${DAY}T00:00:00Z`);
const RUNS = 5;
const PROGRAM = fileURLToPath(new URL('../examples/python/counter.py', import.meta.url));

/** The control plane: two Python components from `attach` to RUNNING, their own start-up included. */
export async function benchAttach(home: string): Promise<BenchResult[]> {
  const own = join(home, 'attach');
  const sample = {
    visionDir: homePaths(own).vision,
    market: 'spot',
    symbols: ['BTCUSDT', 'ETHUSDT'],
    from: DAY,
    days: 1,
  } as const;
  await generateSample({ ...sample, tradesPerDay: 1_000 });
  await startAegisd({ home: own });
  const aegis = await AegisClient.connect({ home: own });
  const total: number[] = [];
  const update: number[] = [];
  try {
    for (let run = -1; run < RUNS; run += 1) {
      const session = await aegis.createSession(`bench-${run + 1}`, {
        mode: 'historical',
        market: 'spot',
        from: FROM,
        to: FROM + 86_400_000,
      });
      const began = performance.now();
      for (const name of ['one', 'two']) {
        const launch = { program: '/usr/bin/env', args: ['python3', PROGRAM], cwd: '/tmp' };
        const asked = performance.now();
        await session.attach({ name, launch });
        if (run >= 0) update.push(performance.now() - asked);
      }
      await session.start();
      await session.waitFor(['FINISHED']);
      const events = await session.events();
      const started = events.find(({ event }) => event === 'streamStarted')?.at ?? Number.NaN;
      // The first round imports the archives and warms everything up.
      if (run >= 0) total.push(started - (performance.timeOrigin + began));
      await session.shutdown();
      await session.ended();
    }
  } finally {
    await aegis.close();
    await stopAegisd(own);
  }
  return [
    resultOf('attach → RUNNING', 'ms', 'two Python components, their start-up included', total),
    resultOf('attach', 'ms', 'one update, asked to answered', update),
  ];
}
