import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { AegisClient, type SessionHandle, type SessionSpecInput } from '../src/client/index.ts';
import { startAegisd, stopAegisd } from '../src/client/start-aegisd.ts';
import { FakeExchange } from '../src/fake/fake-exchange.ts';
import { generateSample } from '../src/market/binance/sample/generate.ts';
import { workflowId } from '../src/model/activities.ts';
import { homePaths } from '../src/model/paths.ts';
import type { LaunchSpec } from '../src/model/session.ts';

/**
 * Records the histories that `test/workflows/replay.test.ts` replays: one session for each way a life can go, run for
 * real. Run it for every release: `node scripts/record-histories.ts [life…]`. Histories of older releases stay.
 */
const OUT = new URL('../test/histories/', import.meta.url).pathname;
const HOME = '/tmp/aegis-histories';
const DAY = '2025-03-01';
const FROM = Date.parse(`${DAY}T00:00:00Z`);
const RANGE = { mode: 'historical', market: 'spot', from: FROM, to: FROM + 86_400_000 } as const;
/** There are no data. */
const BEFORE = { ...RANGE, from: FROM - 86_400_000, to: FROM };
const RELEASE = '0.1.0';
const SOL = ['--symbols', 'SOLUSDT', '--streams', 'trades'];

const LIVES: Record<string, (session: SessionHandle) => Promise<void>> = {
  async 'finished-and-restarted'(session) {
    await session.attach({ name: 'counter', launch: python('counter.py') });
    await session.start();
    await session.waitFor(['FINISHED']);
    await session.restart();
    await session.waitFor(['FINISHED']);
  },
  async 'refused-then-stopped'(session) {
    await session.attach({ name: 'counter', launch: python('counter.py'), config: { size: 1 } });
    await session.configure('counter', { size: 2 });
    await session.start();
    await session.waitFor(['FINISHED']).catch(() => {});
  },
  async 'paused-stopped-detached'(session) {
    await session.attach({ name: 'counter', launch: python('counter.py') });
    await session.attach({ name: 'crash', launch: python('crash.py'), required: false, restart: { limit: 1 } });
    await session.start();
    await session.waitFor(['RUNNING']);
    await session.pause();
    await session.resume();
    await session.stop();
    await session.detach('crash');
  },
  async 'changed-while-running'(session) {
    await session.attach({ name: 'slow', launch: python('waits.py', '--rest', '0.02', ...SOL), config: { size: 1 } });
    await session.start();
    await session.waitFor(['RUNNING']);
    await session.attach({ name: 'second', launch: python('counter.py') });
    await session.attach({ name: 'nodata', launch: python('waits.py', '--symbols', 'XRPUSDT', '--streams', 'trades') });
    await session.attach({ name: 'crash', launch: python('crash.py'), restart: { limit: 3, backoffMs: 10 } });
    await session.configure('slow', { size: 2 });
    await eventOf(session, 'joinRefused');
    await eventOf(session, 'joined');
    await eventOf(session, 'crashLoop');
    await session.detach('second');
    await session.waitFor(['FINISHED']);
  },
  async 'unstartable-component'(session) {
    await session.attach({ name: 'nothing', launch: { program: '/nowhere/program', cwd: '/tmp' } });
    await session.start();
    await session.waitFor(['FINISHED']).catch(() => {});
  },
};

async function liveMarket(session: SessionHandle): Promise<void> {
  await session.attach({ name: 'counter', launch: python('counter.py') });
  await session.start();
  await session.waitFor(['RUNNING']);
  await session.attach({
    name: 'second',
    launch: python('waits.py', '--symbols', 'ETHUSDT', '--streams', 'trades,status'),
  });
  await eventOf(session, 'joined');
  exchange.misbehave({ kind: 'disconnect' });
  await eventOf(session, 'opened');
  await session.detach('second');
  await session.stop();
  while ((await session.state()).summary === undefined) await delay(50);
  await session.restart();
  await session.waitFor(['RUNNING']);
}

rmSync(HOME, { recursive: true, force: true });
mkdirSync(join(HOME, 'programs'), { recursive: true, mode: 0o700 });
cpSync(new URL('../test/support/components', import.meta.url), join(HOME, 'programs'), { recursive: true });
cpSync(new URL('../examples/python/counter.py', import.meta.url), join(HOME, 'programs/counter.py'));
writeFileSync(join(HOME, 'programs/crash.py'), 'raise SystemExit(3)\n');
mkdirSync(OUT, { recursive: true });
await startAegisd({ home: HOME, onLine: (line) => process.stderr.write(`${line}\n`) });
const exchange = await FakeExchange.start();
const aegis = await AegisClient.connect({ home: HOME });
try {
  const options = { visionDir: homePaths(HOME).vision, market: 'spot', days: 1, tradesPerDay: 30_000 } as const;
  await generateSample({ ...options, symbols: ['BTCUSDT', 'ETHUSDT'], from: DAY });
  await generateSample({ ...options, symbols: ['SOLUSDT'], from: DAY, tradesPerDay: 150_000 });
  for (const [name, live] of Object.entries(LIVES)) {
    if (wanted(name)) await record(name, live, name.startsWith('refused') ? BEFORE : RANGE);
  }
  if (wanted('continued')) await record('continued', LIVES['finished-and-restarted'] ?? (async () => {}), RANGE, 40);
  if (wanted('realtime')) {
    await record('realtime', liveMarket, { mode: 'realtime', market: 'spot', endpoint: exchange.url });
  }
} finally {
  await exchange.close();
  await aegis.close();
  await stopAegisd(HOME);
  rmSync(HOME, { recursive: true, force: true });
}

async function record(
  name: string,
  live: (session: SessionHandle) => Promise<void>,
  spec: SessionSpecInput,
  historyLimit?: number,
) {
  const session = await aegis.createSession(name, spec, historyLimit === undefined ? {} : { historyLimit });
  await live(session);
  await session.shutdown();
  await session.ended();
  let part = 0;
  for await (const info of aegis.temporal.workflow.list({ query: `WorkflowId = '${workflowId(name)}'` })) {
    const history = await aegis.temporal.workflow.getHandle(info.workflowId, info.runId).fetchHistory();
    const suffix = part === 0 ? '' : `-${part}`;
    writeFileSync(join(OUT, `${RELEASE}-${name}${suffix}.json`), historyText(history));
    part += 1;
  }
}

function wanted(name: string): boolean {
  const named = process.argv.slice(2);
  return named.length === 0 || named.includes(name);
}

async function eventOf(session: SessionHandle, event: string): Promise<void> {
  while (!(await session.events()).some((entry) => entry.event === event)) await delay(50);
}

function python(file: string, ...args: string[]): LaunchSpec {
  return { program: '/usr/bin/env', args: ['python3', join(HOME, 'programs', file), ...args], cwd: '/tmp', env: {} };
}

/** Stack traces name files below the project's folder, wherever that is. */
function historyText(history: Parameters<typeof historyToJSON>[0]): string {
  const root = new URL('..', import.meta.url).pathname;
  return `${JSON.stringify(JSON.parse(historyToJSON(history))).replaceAll(root, '')}\n`;
}
