import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlLogEntry } from '../../src/gateway/control/control-log.ts';
import { ControlServer } from '../../src/gateway/control/control-server.ts';
import type { ControlLimits } from '../../src/gateway/control/limits.ts';
import { ControlClient } from './control-client.ts';
import { MemoryPort } from './memory-port.ts';
import type { Dialect } from './wire.ts';

export interface ControlFixture {
  readonly server: ControlServer;
  readonly port: MemoryPort;
  readonly path: string;
  readonly folder: string;
  readonly log: ControlLogEntry[];
  /** Default: a client that speaks JSON. */
  connect(dialect?: Dialect): Promise<ControlClient>;
  close(): Promise<void>;
}

/** A control server on a socket of its own, with sessions in memory. */
export async function controlFixture(limits: Partial<ControlLimits> = {}): Promise<ControlFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'aegis-control-'));
  const path = join(folder, 'run', 'control.sock');
  const port = new MemoryPort();
  const log: ControlLogEntry[] = [];
  const server = new ControlServer({ path, port, limits, log: (entry) => log.push(entry) });
  await server.listen();
  const clients: ControlClient[] = [];
  return {
    server,
    port,
    path,
    folder,
    log,
    async connect(dialect) {
      const client = await ControlClient.connect(path, dialect);
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Polls until the value is there; fails after 5 s. */
export async function until<T>(look: () => T | Promise<T>, what: string): Promise<T> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
