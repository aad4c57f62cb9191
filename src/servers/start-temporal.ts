import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../model/search-attributes.ts';
import type { BoundProcess } from './bound-process.ts';
import { LOOPBACK } from './free-port.ts';
import { startServerProcess } from './server-process.ts';
import { probeTemporal } from './temporal-probe.ts';

export const EMBEDDED_NAMESPACE = 'default';

export interface TemporalOptions {
  /** The executable. */
  readonly path: string;
  readonly port: number;
  /** Port of the web UI; without it there is none. */
  readonly uiPort?: number;
  /** The SQLite file that holds all workflows. */
  readonly database: string;
  readonly log: string;
  /** Default: of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default 60 000. */
  readonly readyWithinMs?: number;
  /** Gives up the start, and ends the server with it. */
  readonly signal?: AbortSignal;
}

export interface TemporalServer {
  readonly process: BoundProcess;
  readonly address: string;
  readonly namespace: string;
  readonly ui?: string;
}

/** Starts a Temporal server with a file database on the loopback interface and waits until its namespace answers. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { path, port, uiPort, database, log, env = process.env, readyWithinMs = 60_000 } = options;
  await mkdir(dirname(database), { recursive: true, mode: 0o700 });
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  const address = `${LOOPBACK}:${port}`;
  const attributes = Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const server = await startServerProcess({
    name: 'temporal',
    path,
    args: [
      ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port)],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
      // Several times the writes per second of the default journal, and as durable: each commit still reaches the disk.
      ...['--sqlite-pragma', 'journal_mode=wal'],
      ...['--db-filename', database, '--namespace', EMBEDDED_NAMESPACE, '--log-level', 'warn'],
      ...attributes,
    ],
    log,
    env: withoutClientSettings(env),
    probe: () => probeTemporal(address, EMBEDDED_NAMESPACE),
    readyWithinMs,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const ui = uiPort === undefined ? {} : { ui: `http://${LOOPBACK}:${uiPort}` };
  return { process: server, address, namespace: EMBEDDED_NAMESPACE, ...ui };
}

/** The CLI reads TEMPORAL_* as its own options: what a user set for another cluster must not reach this server. */
function withoutClientSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}
