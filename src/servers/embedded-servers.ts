import { join } from 'node:path';
import { AegisError } from '../model/errors.ts';
import { homePaths } from '../model/paths.ts';
import { externalAddresses } from './external-addresses.ts';
import { tryLock, unlock } from './process-lock.ts';
import {
  type NatsEndpoint,
  type Provided,
  provideNats,
  provideTemporal,
  type TemporalEndpoint,
} from './provide-server.ts';
import type { OnServerEvent } from './server-event.ts';

/** The usual ports; when one is taken a free one is used. 0: any free one. */
export const USUAL_PORTS = { temporal: 7233, temporalUi: 8233, nats: 4222, natsMonitor: 8222 } as const;
export type ServerPorts = Readonly<Record<keyof typeof USUAL_PORTS, number>>;

export interface EmbeddedServersOptions {
  /** AEGIS_HOME: databases, streams and logs lie below it. */
  readonly home: string;
  /** Names external servers, if any. Default: of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default {@link USUAL_PORTS}. */
  readonly ports?: Partial<ServerPorts>;
  /** Temporal's web UI. Default true. */
  readonly ui?: boolean;
  readonly onEvent?: OnServerEvent;
}

/**
 * Temporal and NATS for one machine: found or built, started side by side, restarted on the same ports when they die,
 * and gone when this process is gone. What the environment names as external is not started.
 */
export class EmbeddedServers {
  readonly temporal: TemporalEndpoint;
  readonly nats: NatsEndpoint;
  readonly #running: Servers;
  readonly #lock: string;

  private constructor(running: Servers, lock: string) {
    this.temporal = running.temporal.endpoint;
    this.nats = running.nats.endpoint;
    this.#running = running;
    this.#lock = lock;
  }

  /**
   * Returns when both answer.
   * @throws AegisError START_REFUSED when another process uses the same home, SERVER_UNAVAILABLE when a server cannot
   * be had or does not start; nothing is left running then
   */
  static async start(options: EmbeddedServersOptions): Promise<EmbeddedServers> {
    const lock = join(homePaths(options.home).state, 'servers.lock');
    const holder = await tryLock(lock);
    if (holder !== undefined) {
      throw new AegisError('START_REFUSED', `process ${holder.pid} already runs the servers of this folder`, {
        where: options.home,
        remedy: '`aegisctl down` ends it; another AEGIS_HOME makes a second installation.',
      });
    }
    try {
      return new EmbeddedServers(await startBoth(options), lock);
    } catch (error) {
      await unlock(lock);
      throw error;
    }
  }

  /** Process ids of the servers that were started here. */
  get pids(): { readonly temporal: number | undefined; readonly nats: number | undefined } {
    return { temporal: this.#running.temporal.server?.pid, nats: this.#running.nats.server?.pid };
  }

  /** Ends what was started here: asked first, killed after 10 s. */
  async stop(): Promise<void> {
    await Promise.all([this.#running.temporal.server?.stop(), this.#running.nats.server?.stop()]);
    await unlock(this.#lock);
  }
}

interface Servers {
  readonly temporal: Provided<TemporalEndpoint>;
  readonly nats: Provided<NatsEndpoint>;
}

/** Both or none: when one cannot be had the other is ended before the error goes on. */
async function startBoth(options: EmbeddedServersOptions): Promise<Servers> {
  const { home, env = process.env, ui = true, onEvent = () => {} } = options;
  const ports = { ...USUAL_PORTS, ...options.ports };
  const external = externalAddresses(env);
  const giveUp = new AbortController();
  const common = { home, env, onEvent, signal: giveUp.signal };
  const temporal = provideTemporal({
    ...common,
    external: external.temporal,
    port: ports.temporal,
    uiPort: ui ? ports.temporalUi : undefined,
  });
  const nats = provideNats({
    ...common,
    externalUrl: external.natsUrl,
    port: ports.nats,
    monitorPort: ports.natsMonitor,
  });
  try {
    const [temporalServer, natsServer] = await Promise.all([temporal, nats]);
    return { temporal: temporalServer, nats: natsServer };
  } catch (error) {
    giveUp.abort();
    const settled = await Promise.allSettled([temporal, nats]);
    await Promise.all(
      settled.map((result) => (result.status === 'fulfilled' ? result.value.server?.stop() : undefined)),
    );
    throw error;
  }
}
