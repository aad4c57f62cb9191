import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { BoundProcess } from './bound-process.ts';
import { LOOPBACK } from './free-port.ts';
import { probeNats } from './nats-probe.ts';
import { startServerProcess } from './server-process.ts';

export interface NatsOptions {
  /** The executable. */
  readonly path: string;
  readonly port: number;
  /** Answers `/varz`, `/connz`, `/jsz` over HTTP; loopback only, as everything of the embedded mode. */
  readonly monitorPort: number;
  /** Where JetStream keeps its streams. */
  readonly store: string;
  readonly log: string;
  /** Default: of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default 30 000. */
  readonly readyWithinMs?: number;
  /** Gives up the start, and ends the server with it. */
  readonly signal?: AbortSignal;
}

export interface NatsServer {
  readonly process: BoundProcess;
  readonly url: string;
  readonly monitorUrl: string;
}

/**
 * A loss of power takes at most the last second of a realtime session's log; by default it could be two minutes. Messages
 * that wait for the disk are dropped beyond a limit, by default 10,000: two seconds of a busy session.
 */
const CONFIG = 'jetstream { sync_interval: 1s, max_buffered_msgs: 500000 }\n';

/**
 * Half of its time is garbage collection at GOGC=100; 400 gave 10 to 20 % more rows/s for 40 MB, and beyond the limit it
 * collects more often, whatever GOGC says. With as many threads as cores it spends its time looking for work that the
 * processes beside it have: on two cores one thread took 0.40 instead of 0.55 CPU s per million rows of a replay, and 19 instead
 * of 47 % of a core for 10,000 live rows/s.
 */
function goSettings(): NodeJS.ProcessEnv {
  const threads = Math.max(1, Math.floor(availableParallelism() / 2));
  return { GOMAXPROCS: String(threads), GOGC: '400', GOMEMLIMIT: '512MiB' };
}

/** Starts a nats-server with JetStream on the loopback interface and waits until it greets. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { path, port, monitorPort, store, log, env = process.env, readyWithinMs = 30_000 } = options;
  await mkdir(store, { recursive: true, mode: 0o700 });
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  const config = `${store}.conf`;
  await writeFile(config, CONFIG, { mode: 0o600 });
  const server = await startServerProcess({
    name: 'nats-server',
    path,
    // The monitor of -m listens on the address of -a.
    args: ['-c', config, '-a', LOOPBACK, '-p', String(port), '-m', String(monitorPort), '-js', '-sd', store],
    log,
    env: { ...goSettings(), ...env },
    probe: () => probeNats(LOOPBACK, port),
    readyWithinMs,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { process: server, url: `nats://${LOOPBACK}:${port}`, monitorUrl: `http://${LOOPBACK}:${monitorPort}` };
}
