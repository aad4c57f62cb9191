import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { CONTROL_QUEUE, workflowId } from '../model/activities.ts';
import { AegisError, messageOf } from '../model/errors.ts';
import { homePaths } from '../model/paths.ts';
import { parseInput } from '../model/schema/parse.ts';
import { nameSchema, type SessionSpecInput, sessionSpecSchema } from '../model/schema/session-schema.ts';
import type { Session, SessionSpec } from '../model/session.ts';
import { FileSecretStore } from '../secrets/file-secret-store.ts';
import { type Endpoints, readEndpoints } from '../servers/endpoints.ts';
import { externalAddresses } from '../servers/external-addresses.ts';
import { ComponentSecrets } from './component-secrets.ts';
import { defaultHome } from './default-home.ts';
import { RequestRetries } from './request-retries.ts';
import { SessionHandle } from './session-handle.ts';
import { listSessions, type SessionLine } from './session-list.ts';
import { fromTemporal } from './temporal-errors.ts';

export interface CreateOptions {
  /** The session's workflow continues as new beyond this many events; default: when the server suggests it (4,096). */
  readonly historyLimit?: number;
}

/** Numbers of Temporal's enum TaskQueueType. */
const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;

export interface ConnectOptions {
  /** AEGIS_HOME of the aegisd to talk to; default: the environment's AEGIS_HOME, else `.aegis` in the current folder. */
  readonly home?: string;
}

/**
 * The way into a running Aegis.
 *
 * ```ts
 * const aegis = await AegisClient.connect();
 * const session = await aegis.createSession('demo', { mode: 'historical', market: 'spot', from, to });
 * await session.attach({ name: 'momentum', launch: { program: '/path/to/momentum', cwd: '/path/to' } });
 * await session.start();
 * const { summary } = await session.waitFor(['FINISHED']);
 * await aegis.close();
 * ```
 */
export class AegisClient {
  readonly endpoints: Endpoints;
  readonly temporal: Client;
  readonly #connection: Connection;
  readonly #retries: RequestRetries;
  readonly #secrets: ComponentSecrets;

  private constructor(home: string, endpoints: Endpoints, connection: Connection, retries: RequestRetries) {
    this.endpoints = endpoints;
    this.#connection = connection;
    this.#retries = retries;
    this.#secrets = new ComponentSecrets({ store: FileSecretStore.of(homePaths(home)), host: endpoints.host });
    this.temporal = new Client({ connection, namespace: endpoints.temporal.namespace });
  }

  /** @throws AegisError DEPENDENCY_DOWN when no aegisd runs there */
  static async connect({ home = defaultHome() }: ConnectOptions = {}): Promise<AegisClient> {
    const endpoints = await readEndpoints(home);
    if (endpoints === undefined) {
      throw new AegisError('DEPENDENCY_DOWN', `no aegisd runs for ${home}`, { where: home });
    }
    const { address } = endpoints.temporal;
    // TLS and API keys of an external Temporal are in this process's environment, as for Temporal's own tools.
    const external = externalAddresses().temporal;
    const options = external?.address === address ? external.connection : { address };
    const retries = new RequestRetries();
    const { interceptor } = retries;
    try {
      const connection = await Connection.connect({ ...options, interceptors: [interceptor], connectTimeout: '10s' });
      return new AegisClient(home, endpoints, connection, retries);
    } catch (error) {
      throw new AegisError('DEPENDENCY_DOWN', `Temporal does not answer at ${address}: ${messageOf(error)}`, {
        where: address,
        cause: error,
      });
    }
  }

  /** @throws AegisError SESSION_EXISTS when a session of this name has not been shut down */
  async createSession(name: string, input: SessionSpecInput, options: CreateOptions = {}): Promise<SessionHandle> {
    parseInput(nameSchema, name, 'session name');
    const spec = parseInput(sessionSpecSchema, input, 'session');
    const session: Session = {
      id: await this.#idFor(name, spec),
      name,
      host: this.endpoints.host,
      spec,
      state: 'REGISTERED',
      paused: false,
      run: 0,
      components: [],
      retired: [],
    };
    try {
      await this.temporal.workflow.start('session', {
        workflowId: workflowId(name),
        taskQueue: CONTROL_QUEUE,
        workflowIdConflictPolicy: 'FAIL',
        args: [{ session, log: [], handled: [], ...options }],
        staticSummary: `${spec.mode} ${spec.market}${rangeOf(spec)}`,
      });
    } catch (error) {
      throw fromTemporal(error, name);
    }
    return this.session(name);
  }

  /**
   * Rows carry the id of their session. A replay takes that of the recorded one, if nobody has it any more: so its bytes, and
   * its stream hash, are those that were recorded.
   */
  async #idFor(name: string, spec: SessionSpec): Promise<string> {
    const fresh = `ses-${randomBytes(8).toString('hex')}`;
    if (spec.mode === 'realtime' || spec.recording === undefined) return fresh;
    const { session, sessionId } = spec.recording;
    // Its run folders have the same name.
    if (name === session) return fresh;
    const running = await this.sessions();
    const states = await Promise.all(running.map((line) => this.session(line.name).state()));
    return states.some(({ id }) => id === sessionId) ? fresh : sessionId;
  }

  /** A handle by name; that the session exists shows at the first request. */
  session(name: string): SessionHandle {
    const { namespace } = this.endpoints.temporal;
    return new SessionHandle({ client: this.temporal, namespace, name, secrets: this.#secrets });
  }

  /** One line per session, newest first, without asking the sessions. `all`: also those that have been shut down. */
  sessions(options: { readonly all?: boolean } = {}): Promise<SessionLine[]> {
    return listSessions(this.temporal, options);
  }

  /** Whether a worker polls a task queue for workflows or activities. */
  async hasPoller(taskQueue: string): Promise<boolean> {
    const { namespace } = this.endpoints.temporal;
    const kinds = [WORKFLOW_QUEUE, ACTIVITY_QUEUE];
    const answers = await Promise.all(
      kinds.map((taskQueueType) =>
        this.temporal.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType }),
      ),
    );
    return answers.some(({ pollers }) => (pollers?.length ?? 0) > 0);
  }

  /** Requests that have no answer yet fail. */
  async close(): Promise<void> {
    await this.#retries.end();
    await this.#connection.close();
  }
}

function rangeOf(spec: SessionSpec): string {
  if (spec.mode === 'historical') return `, ${dayOf(spec.from)} to ${dayOf(spec.to)}`;
  return spec.from === undefined ? '' : `, with history from ${dayOf(spec.from)}`;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}
