import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedServers } from '../../src/servers/embedded-servers.ts';
import { identify } from '../../src/servers/process-identity.ts';
import { progressLine, type ResolveProgress } from '../../src/servers/resolve-progress.ts';

/** Ports that nobody else uses, so that tests never meet an Aegis that somebody has running. */
const ANY_PORTS = { temporal: 0, temporalUi: 0, nats: 0, natsMonitor: 0 } as const;

export interface TestServers {
  readonly temporalAddress: string;
  readonly natsUrl: string;
  /** Ends both and removes their files. @throws Error when a process is left */
  readonly stop: () => Promise<void>;
}

/**
 * A real Temporal and a real NATS in a folder of their own. Variables that name external servers are not heeded: tests
 * must not run against somebody's cluster.
 */
export async function startTestServers(): Promise<TestServers> {
  const home = await mkdtemp(join(tmpdir(), 'aegis-test-servers-'));
  const remove = () => rm(home, { recursive: true, force: true });
  let servers: EmbeddedServers;
  try {
    servers = await EmbeddedServers.start({
      home,
      ports: ANY_PORTS,
      ui: false,
      env: withoutExternal(process.env),
      onEvent: (event) => {
        if (event.type === 'died') process.stderr.write(`test servers: ${event.server} died: ${event.how}\n`);
        if (event.type === 'progress' && isWorthALine(event.progress)) {
          process.stderr.write(`${progressLine(event.progress)}\n`);
        }
      },
    });
  } catch (error) {
    await remove();
    throw error;
  }
  const stop = async (): Promise<void> => {
    const { temporal, nats } = servers.pids;
    await servers.stop();
    await remove();
    const left = [temporal, nats].filter((pid) => pid !== undefined && identify(pid) !== undefined);
    if (left.length > 0) throw new Error(`test servers are left running: ${left.join(', ')}`);
  };
  return { temporalAddress: servers.temporal.address, natsUrl: servers.nats.url, stop };
}

/** The very first run on a machine may build Temporal for minutes: a line every ten seconds shows that it goes on. */
function isWorthALine({ elapsedMs }: ResolveProgress): boolean {
  return Math.floor(elapsedMs / 1_000) % 10 === 0;
}

/** The environment without what names external servers. */
export function withoutExternal(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_') && name !== 'NATS_URL'),
  );
}
