import { randomUUID } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { Client } from '@temporalio/client';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { heartbeats } from '../activities/heartbeats.ts';
import { createActivities } from '../activities/index.ts';
import type { SessionHost } from '../activities/session-host.ts';
import { warmUp } from '../activities/warm-up.ts';
import { ControlServer } from '../gateway/control/control-server.ts';
import { giveUpAbandoned } from '../host/abandoned-leases.ts';
import { ComponentProcesses } from '../host/component-processes.ts';
import { DataStreams } from '../host/data-streams.ts';
import { HealthSampler } from '../host/health-sampler.ts';
import type { Log } from '../host/log.ts';
import { Orchestrators } from '../host/orchestrators.ts';
import { SessionWorkflows } from '../host/session-workflows.ts';
import { StartGate } from '../host/start-gate.ts';
import { connectTemporal } from '../host/temporal-connection.ts';
import { TemporalSessionPort } from '../host/temporal-session-port.ts';
import { CONTROL_QUEUE, hostQueue } from '../model/activities.ts';
import { AegisError, messageOf } from '../model/errors.ts';
import { homePaths } from '../model/paths.ts';
import { FileSecretStore } from '../secrets/file-secret-store.ts';
import { EmbeddedServers, type ServerPorts } from '../servers/embedded-servers.ts';
import { removeEndpoints, writeEndpoints } from '../servers/endpoints.ts';
import { ensureSearchAttributes } from '../servers/ensure-search-attributes.ts';
import { HostKey } from '../servers/host-key.ts';
import type { ServerEvent } from '../servers/server-event.ts';
import { socketDir } from '../servers/socket-dir.ts';
import { controlLog } from './control-log.ts';
import { describeServerEvent } from './server-events.ts';
import { temporalLogger } from './temporal-logger.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface AegisdOptions {
  /** AEGIS_HOME, absolute. */
  readonly home: string;
  readonly log: Log;
  /** Ends aegisd in good order. */
  readonly signal: AbortSignal;
  readonly ports?: Partial<ServerPorts>;
}

/** Everything that has to be undone, in reverse order. */
type Undo = () => Promise<void> | void;

/**
 * Aegis on one host: the embedded servers (or external ones), the Temporal workers, the control server and the
 * registries of what runs here. Returns when it has ended in good order; nothing that it started is left then.
 */
export async function runAegisd({ home, log, signal, ports = {} }: AegisdOptions): Promise<void> {
  const undo: Undo[] = [];
  try {
    await start({ home, log, signal, ports }, undo);
  } finally {
    for (const step of undo.reverse()) await step();
    log('info', 'aegisd has ended');
  }
}

async function start({ home, log, signal, ports = {} }: AegisdOptions, undo: Undo[]): Promise<void> {
  // First thing in the process: the runtime cannot be exchanged later. Signals are ours to handle.
  const logging = { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} };
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [], telemetryOptions: { logging } });
  let onTemporalBack = () => {};
  const onEvent = (event: ServerEvent) => {
    log('info', describeServerEvent(event));
    if (event.type === 'started' && event.server === 'temporal') onTemporalBack();
  };
  const servers = await EmbeddedServers.start({ home, ports, onEvent });
  undo.push(() => servers.stop());
  const { address, namespace, ui, external } = servers.temporal;
  const options = external?.connection ?? { address };
  const { connection, close } = await connectTemporal(options).catch((error: unknown) => {
    throw new AegisError('DEPENDENCY_DOWN', `Temporal does not answer at ${address}: ${messageOf(error)}`, {
      where: address,
      remedy: external === undefined ? 'See the log of aegisd.' : 'Is TEMPORAL_ADDRESS right, and that Temporal up?',
      cause: error,
    });
  });
  undo.push(close);
  const native = await NativeConnection.connect(options);
  undo.push(() => native.close());
  await ensureSearchAttributes(connection, namespace);

  const paths = homePaths(home);
  const hostKey = HostKey.load(paths.hostKey);
  const sockets = await socketDir(home);
  const client = new Client({ connection, namespace });
  const workflows = new SessionWorkflows(client);
  const processes = new ComponentProcesses({ folder: `${paths.state}/components` });
  undo.push(() => processes.endAll());
  const natsUrl = servers.nats.url;
  const gate = new StartGate();
  const dataStreams = new DataStreams({ paths, sockets, natsUrl, workflows, gate, log });
  undo.push(() => dataStreams.endAll());
  const orchestrators = new Orchestrators({ paths, natsUrl, workflows, dataStreams, gate, log });
  undo.push(() => orchestrators.endAll());
  const controlSocket = `${sockets}/control.sock`;
  const port = new TemporalSessionPort({ workflows, hostKey, dataStreams });
  const control = new ControlServer({ path: controlSocket, port, log: controlLog(log) });
  await control.listen();
  undo.push(() => control.close());
  const health = new HealthSampler({
    path: paths.health,
    host: hostKey.hostId,
    processes: () => processes.running(),
    connections: () => control.status(),
    log,
  });
  health.start();
  undo.push(() => health.stop());

  const host: SessionHost = {
    paths,
    hostKey,
    secrets: new FileSecretStore({ folder: paths.secrets, hostKey }),
    workflows,
    control,
    controlSocket,
    processes,
    dataStreams,
    orchestrators,
  };
  const identity = `aegisd ${process.pid} ${randomUUID()}`;
  const workers = await Promise.all([
    Worker.create({
      connection: native,
      namespace,
      identity,
      taskQueue: CONTROL_QUEUE,
      sinks: { host: { cancelling: { fn: ({ workflowId }) => heartbeats.hasten(workflowId) } } },
      workflowBundle: { codePath: await workflowBundle() },
      maxCachedWorkflows: 300,
      // A worker that was killed delays its sessions by this much instead of 10 s.
      stickyQueueScheduleToStartTimeout: '1s',
      // One that has lost count of its tasks, as on a machine without any time left, would never end.
      shutdownForceTime: '10s',
    }),
    Worker.create({
      connection: native,
      namespace,
      identity,
      taskQueue: hostQueue(hostKey.hostId),
      activities: createActivities(host),
      // Leases last as long as sessions: every process on this host holds one.
      maxConcurrentActivityTaskExecutions: 4_000,
      maxHeartbeatThrottleInterval: '1s',
      shutdownForceTime: '10s',
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  undo.push(async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running.catch((error: unknown) => log('warn', `worker: ${String(error)}`));
  });
  await writeEndpoints(home, {
    host: hostKey.hostId,
    temporal: { address, namespace, ...(ui === undefined ? {} : { ui }) },
    nats: { url: natsUrl },
    controlSocket,
  });
  undo.push(() => removeEndpoints(home));
  log('info', `ready: control socket ${controlSocket}, Temporal ${address}${ui === undefined ? '' : `, UI ${ui}`}`);
  const holds = (workflowId: string, activityId: string) => heartbeats.has(workflowId, activityId);
  onTemporalBack = () => void giveUpAbandoned({ client, host: hostKey.hostId, identity, holds, log });
  onTemporalBack();
  warmUp(host);
  // Node writes it only at an end in good order.
  flushCompileCache();
  await Promise.race([running, aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
