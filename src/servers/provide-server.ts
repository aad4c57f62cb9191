import { join } from 'node:path';
import { messageOf } from '../model/errors.ts';
import { homePaths } from '../model/paths.ts';
import type { ExternalTemporal } from './external-addresses.ts';
import { freePort, LOOPBACK } from './free-port.ts';
import { resolveServer } from './resolve-server.ts';
import type { OnServerEvent } from './server-event.ts';
import { NATS_SPEC, type ServerSpec, TEMPORAL_SPEC } from './server-spec.ts';
import { startNats } from './start-nats.ts';
import { EMBEDDED_NAMESPACE, startTemporal } from './start-temporal.ts';
import { SupervisedServer } from './supervised-server.ts';

const START_ATTEMPTS = 3;

export interface TemporalEndpoint {
  readonly address: string;
  readonly namespace: string;
  /** Address of the web UI, where it is known. */
  readonly ui?: string;
  /** Only of an external Temporal: TLS, API key and the like. */
  readonly external?: ExternalTemporal;
}

export interface NatsEndpoint {
  readonly url: string;
  /** HTTP monitoring of the embedded server. */
  readonly monitorUrl?: string;
}

export interface Provided<Endpoint> {
  readonly endpoint: Endpoint;
  /** Undefined: somebody else runs it. */
  readonly server?: SupervisedServer;
}

export interface ProvideOptions {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onEvent: OnServerEvent;
  /** Gives up the start. */
  readonly signal: AbortSignal;
}

export interface ProvideTemporalOptions extends ProvideOptions {
  readonly external: ExternalTemporal | undefined;
  readonly port: number;
  /** Undefined: no web UI. */
  readonly uiPort: number | undefined;
}

/** The external Temporal if there is one, else one that is started here and kept running. */
export async function provideTemporal(options: ProvideTemporalOptions): Promise<Provided<TemporalEndpoint>> {
  const { home, env, onEvent, external, signal: giveUp } = options;
  if (external !== undefined) {
    onEvent({ type: 'external', server: 'temporal', address: external.address });
    return { endpoint: { address: external.address, namespace: external.namespace, external } };
  }
  const path = await resolve(TEMPORAL_SPEC, env, onEvent);
  const { state, temporalDb: database } = homePaths(home);
  const log = join(state, 'temporal.log');
  return onFreePorts(async () => {
    const port = await freePort(options.port);
    const uiPort = options.uiPort === undefined ? undefined : await freePort(options.uiPort);
    const fixed = { path, port, database, log, env, ...(uiPort === undefined ? {} : { uiPort }) };
    const start = async (signal: AbortSignal) => (await startTemporal({ ...fixed, signal })).process;
    const address = `${LOOPBACK}:${port}`;
    const server = await SupervisedServer.start({ server: 'temporal', address, log, onEvent, start }, giveUp);
    const ui = uiPort === undefined ? {} : { ui: `http://${LOOPBACK}:${uiPort}` };
    return { endpoint: { address, namespace: EMBEDDED_NAMESPACE, ...ui }, server };
  });
}

export interface ProvideNatsOptions extends ProvideOptions {
  readonly externalUrl: string | undefined;
  readonly port: number;
  readonly monitorPort: number;
}

/** The external NATS if there is one, else one that is started here and kept running. */
export async function provideNats(options: ProvideNatsOptions): Promise<Provided<NatsEndpoint>> {
  const { home, env, onEvent, externalUrl, signal: giveUp } = options;
  if (externalUrl !== undefined) {
    onEvent({ type: 'external', server: 'nats-server', address: externalUrl });
    return { endpoint: { url: externalUrl } };
  }
  const path = await resolve(NATS_SPEC, env, onEvent);
  const { state, nats: store } = homePaths(home);
  const log = join(state, 'nats.log');
  return onFreePorts(async () => {
    const port = await freePort(options.port);
    const monitorPort = await freePort(options.monitorPort);
    const fixed = { path, port, monitorPort, store, log, env };
    const start = async (signal: AbortSignal) => (await startNats({ ...fixed, signal })).process;
    const url = `nats://${LOOPBACK}:${port}`;
    const server = await SupervisedServer.start({ server: 'nats-server', address: url, log, onEvent, start }, giveUp);
    return { endpoint: { url, monitorUrl: `http://${LOOPBACK}:${monitorPort}` }, server };
  });
}

/** Between the look for a free port and its use somebody else may take it: then another one is looked for. */
async function onFreePorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === START_ATTEMPTS || !messageOf(error).includes('address already in use')) throw error;
    }
  }
}

async function resolve(spec: ServerSpec, env: NodeJS.ProcessEnv, onEvent: OnServerEvent): Promise<string> {
  const resolved = await resolveServer(spec, {
    env,
    onProgress: (progress) => onEvent({ type: 'progress', progress }),
  });
  onEvent({ type: 'resolved', server: spec.name, resolved });
  return resolved.path;
}
