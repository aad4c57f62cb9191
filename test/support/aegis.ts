import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { AegisClient, type SessionHandle, type SessionSpecInput } from '../../src/client/index.ts';
import { startAegisd, stopAegisd } from '../../src/client/start-aegisd.ts';
import { workflowId } from '../../src/model/activities.ts';
import { homePaths } from '../../src/model/paths.ts';
import type { LaunchSpec } from '../../src/model/session.ts';
import { readEndpoints } from '../../src/servers/endpoints.ts';
import { withoutExternal } from './servers.ts';
import { until } from './until.ts';

/** Real archives; tests that need them skip where they are absent. */
export const SHARED_DATA = resolve(import.meta.dirname, '../../../shared/data');
export const VISION = join(SHARED_DATA, 'vision');
export const HAS_VISION = existsSync(VISION);

const STYLES = resolve(import.meta.dirname, 'components');

export interface TestAegisOptions {
  /** `shared`: the Temporal and NATS of the test run. `own`: embedded ones, which the test may kill. */
  readonly servers?: 'shared' | 'own';
  /** Folder that serves as `<home>/data/vision`. */
  readonly vision?: string;
}

/** One aegisd with a home of its own. `close` ends everything and fails when a process is left. */
export interface TestAegis {
  readonly home: string;
  /** `<home>/data/vision` */
  readonly vision: string;
  /** Another one after {@link restart}. */
  readonly client: AegisClient;
  create(spec: SessionSpecInput): Promise<SessionHandle>;
  /** aegisd again, after it was killed; handles of the client before are of no use then. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestAegis(options: TestAegisOptions = {}): Promise<TestAegis> {
  const { servers = 'shared', vision } = options;
  const home = await mkdtemp(join(tmpdir(), 'aegis-'));
  if (vision !== undefined) {
    mkdirSync(join(home, 'data'), { mode: 0o700 });
    symlinkSync(vision, join(home, 'data/vision'));
  }
  const base = withoutExternal(process.env);
  // Own servers are also for programs that run without vitest.
  const shared = () => ({ TEMPORAL_ADDRESS: inject('temporalAddress'), NATS_URL: inject('natsUrl') });
  const env = servers === 'own' ? base : { ...base, ...shared() };
  const up = () => startAegisd({ home, env });
  await up();
  let client = await AegisClient.connect({ home });
  const names: string[] = [];
  const restart = async () => {
    await client.close();
    // A process that was killed is there for some more milliseconds: `up` would take it for alive.
    await until('the killed aegisd is gone', async () => (await readEndpoints(home)) === undefined);
    await up();
    client = await AegisClient.connect({ home });
  };
  return {
    home,
    vision: homePaths(home).vision,
    get client() {
      return client;
    },
    async create(spec) {
      const name = `t-${home.slice(-6)}-${names.length}`;
      names.push(name);
      return client.createSession(name, spec);
    },
    restart,
    async close() {
      // A test that failed may have left it down: sessions can only be ended while it is up.
      if ((await readEndpoints(home)) === undefined) await restart();
      for (const name of names) await terminate(client, name);
      await client.close();
      await stopAegisd(home);
      const left = await remaining(home);
      await rm(home, { recursive: true, force: true });
      if (left.length > 0) throw new Error(`processes are left over: ${left.join('; ')}`);
    },
  };
}

/** A Python program that behaves as a generation of SDKs does; see `test/support/components`. */
export function pythonComponent(style: string, out: string, args: readonly string[]): LaunchSpec {
  const program = '/usr/bin/env';
  return { program, args: ['python3', join(STYLES, `${style}.py`), '--out', out, ...args], cwd: tmpdir(), env: {} };
}

export function topicsArgs({ symbols, streams, timeframes = [], speeds = [] }: Record<string, string[]>): string[] {
  const list = (name: string, values: readonly string[] = []) => (values.length > 0 ? [name, values.join()] : []);
  return [
    ...list('--symbols', symbols),
    ...list('--streams', streams),
    ...list('--timeframes', timeframes),
    ...list('--speeds', speeds),
  ];
}

async function terminate(client: AegisClient, name: string): Promise<void> {
  const handle = client.session(name);
  const state = await handle.state().catch(() => undefined);
  if (state === undefined || state.state === 'SHUTDOWN') return;
  try {
    await handle.shutdown();
    await handle.ended();
  } catch {
    await client.temporal.workflow
      .getHandle(workflowId(name))
      .terminate('the test is over')
      .catch(() => {});
  }
}

/** Processes that carry this home in their environment, once they had a moment to go. */
async function remaining(home: string): Promise<string[]> {
  for (const deadline = Date.now() + 5_000; Date.now() < deadline; await delay(50)) {
    if (processesOf(home).length === 0) return [];
  }
  return processesOf(home);
}

export function processesOf(home: string): string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid && mentions(pid, home))
    .map((pid) => `${pid} ${readText(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

function mentions(pid: string, home: string): boolean {
  return readText(`/proc/${pid}/environ`).includes(home);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
