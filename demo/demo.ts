import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AegisClient } from '../src/client/aegis-client.ts';
import { createContext, presentError } from '../src/client/cli/context.ts';
import { start } from '../src/client/cli/daemon.ts';
import { RunProgress } from '../src/client/cli/run-progress.ts';
import { count, duration, table } from '../src/client/cli/table.ts';
import type { SessionHandle } from '../src/client/session-handle.ts';
import { stopAegisd } from '../src/client/start-aegisd.ts';
import { generateSample } from '../src/market/binance/sample/generate.ts';
import { AegisError } from '../src/model/errors.ts';
import { homePaths } from '../src/model/paths.ts';
import { componentLogPath, runFolder } from '../src/model/run-status.ts';
import type { Session } from '../src/model/session.ts';
import { readEndpoints } from '../src/servers/endpoints.ts';
import { expectedStream } from './independent-merge.ts';

/** `npm run demo [-- --json] [-- --keep]`: the main job of Aegis from nothing to a verified result. */
const NAME = 'demo';
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const DAYS = ['2025-03-01', '2025-03-02'];
const TRADES_PER_DAY = 20_000;

const context = createContext();
const keep = process.argv.includes('--keep');
const began = Date.now();

interface Received {
  readonly component: string;
  readonly rows: number;
  readonly sha256: string;
}

try {
  process.exitCode = await demo();
} catch (error) {
  process.exitCode = presentError(context, error);
}

async function demo(): Promise<number> {
  const wasUp = (await readEndpoints(context.home)) !== undefined;
  say('servers    Temporal and NATS');
  await start(context);
  const client = await AegisClient.connect({ home: context.home });
  try {
    await makeSample();
    await removeOld(client);
    const session = await attachComponents(client);
    const finished = await run(session);
    return await report(client, session, finished);
  } finally {
    await client.close();
    if (!keep && !wasUp) await stopAegisd(context.home);
  }
}

async function makeSample(): Promise<void> {
  const { vision } = homePaths(context.home);
  const last = `${vision}/data/spot/daily/klines/SOLUSDT/1m/SOLUSDT-1m-${DAYS.at(-1)}.zip.CHECKSUM`;
  if (existsSync(last)) return say('data       two days of sample archives are there');
  const options = {
    visionDir: vision,
    market: 'spot',
    symbols: SYMBOLS,
    days: DAYS.length,
    tradesPerDay: TRADES_PER_DAY,
  } as const;
  const made = await generateSample({ ...options, from: DAYS[0] ?? '' });
  say(`data       ${made.files} sample archives made, ${count(made.rows)} rows`);
}

async function removeOld(client: AegisClient): Promise<void> {
  const old = (await client.sessions()).find(({ name }) => name === NAME);
  if (old === undefined) return;
  await client.session(NAME).shutdown();
  await client.session(NAME).ended();
}

async function attachComponents(client: AegisClient): Promise<SessionHandle> {
  const from = Date.parse(`${DAYS[0]}T00:00:00Z`);
  const session = await client.createSession(NAME, {
    mode: 'historical',
    market: 'spot',
    from,
    to: from + DAYS.length * 86_400_000,
  });
  await session.attach({
    name: 'typescript',
    launch: { program: process.execPath, args: [example('typescript/counter.ts')], cwd: process.cwd() },
  });
  await session.attach({
    name: 'python',
    launch: { program: python(), args: [example('python/counter.py')], cwd: process.cwd() },
  });
  say(
    'session    demo: a TypeScript component (trades, aggTrades, klines of 3 symbols), a Python one (trades, klines of 2)',
  );
  return session;
}

async function run(session: SessionHandle): Promise<Session> {
  const progress = new RunProgress(context);
  await session.start();
  let told = false;
  try {
    return await session.waitFor(['FINISHED'], {
      onState: (state) => {
        progress.show(state);
        if (state.state !== 'RUNNING' || told) return;
        told = true;
        say(`running    ${duration(Date.now() - began)} after the start of the demo`);
      },
    });
  } finally {
    progress.end();
  }
}

/** Compares what the components say they got with an independent merge of the archives. */
async function report(client: AegisClient, handle: SessionHandle, session: Session): Promise<number> {
  const { summary } = session;
  if (summary === undefined) throw new AegisError('INTERNAL', 'the session finished without a summary');
  const { vision } = homePaths(context.home);
  const folder = runFolder(context.home, NAME, session.id, session.run);
  const ui = `${client.endpoints.temporal.ui}/namespaces/${client.endpoints.temporal.namespace}/workflows/session%2F${NAME}`;
  if (!keep) {
    await handle.shutdown();
    await handle.ended();
  }
  const components = session.components.map(({ id, name, topics }) => {
    const expected = expectedStream(vision, session.id, topics, DAYS);
    const delivered = summary.components[id];
    // A component prints its totals when it is shut down; with --keep it lives on.
    const received = keep ? undefined : receivedBy(name);
    const same =
      delivered?.hash === expected.streamHash &&
      delivered.rows === expected.rows &&
      (received === undefined || (received.rows === expected.rows && received.sha256 === expected.sha256));
    return { name, topics, expected, delivered, received, same };
  });
  const same = components.every((component) => component.same);
  const rate = summary.rows / (summary.elapsedMs / 1_000);
  say('');
  for (const line of table(
    ['component', 'topics', 'rows', 'stream hash', 'independent merge'],
    components.map((c) => [
      c.name,
      c.topics.length,
      count(c.delivered?.rows ?? 0),
      (c.delivered?.hash ?? '').slice(0, 16),
      c.same ? 'equal' : 'DIFFERS',
    ]),
  ))
    say(line);
  say('');
  say(
    `rate         ${count(rate)} rows/s (${count(summary.rows)} rows in ${duration(summary.elapsedMs)}, both components parse every row)`,
  );
  say(`run folder   ${folder}`);
  say(`Temporal UI  ${ui}${keep ? '' : '  (while Aegis is up: npm run demo -- --keep)'}`);
  if (context.json) {
    context.out(
      JSON.stringify({
        version: 1,
        same,
        rows: summary.rows,
        elapsedMs: summary.elapsedMs,
        rate,
        components,
        folder,
        ui,
      }),
    );
  }
  return same ? 0 : 1;
}

function receivedBy(component: string): Received | undefined {
  const last = readFileSync(componentLogPath(context.home, NAME, component), 'utf8')
    .trimEnd()
    .split('\n')
    .at(-1);
  try {
    return JSON.parse(last ?? '');
  } catch {
    throw new AegisError('COMPONENT_FAILED', `component "${component}" printed no totals, but: ${last}`);
  }
}

function example(path: string): string {
  return fileURLToPath(new URL(`../examples/${path}`, import.meta.url));
}

function python(): string {
  return execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim();
}

function say(line: string): void {
  if (!context.json) context.out(line);
}
