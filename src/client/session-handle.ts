import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { type LogEntry, workflowId } from '../model/activities.ts';
import { AegisError } from '../model/errors.ts';
import { parseInput } from '../model/schema/parse.ts';
import { type ComponentSpecInput, componentSpecSchema } from '../model/schema/session-schema.ts';
import type { ComponentSpec, Session } from '../model/session.ts';
import type { CommandName, SessionState } from '../model/session-state.ts';
import type { ComponentSecrets } from './component-secrets.ts';
import { sendUpdate } from './send-update.ts';
import { type DeleteOptions, deleteSession } from './session-delete.ts';
import { type WaitOptions, waitForState } from './session-wait.ts';
import { fromTemporal } from './temporal-errors.ts';

/** What a command leads to; `paused` says whether a RUNNING session's stream is held. */
export interface CommandAnswer {
  readonly state: SessionState;
  readonly run: number;
  readonly paused: boolean;
  /** Of {@link SessionHandle.configure} for a component that runs. */
  readonly delivery?: 'acknowledged' | 'later' | 'unanswered';
}

export interface EndedOptions {
  /** Gives up after this long, ms; default: never. */
  readonly timeoutMs?: number;
}

export interface AttachOptions {
  /**
   * Values by the name of the environment variable in which the component finds them. They are kept encrypted on the
   * host; the session knows the names alone.
   */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface SessionHandleOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly name: string;
  readonly secrets: ComponentSecrets;
}

/** How long a request may take before the host counts as unavailable. */
const REQUEST_TIMEOUT_MS = 20_000;

/** One session, by name. Every method fails with an {@link AegisError} of the catalogue. */
export class SessionHandle {
  readonly name: string;
  readonly #client: Client;
  readonly #namespace: string;
  readonly #workflow: WorkflowHandle;
  readonly #secrets: ComponentSecrets;

  constructor({ client, namespace, name, secrets }: SessionHandleOptions) {
    this.#client = client;
    this.#namespace = namespace;
    this.name = name;
    this.#secrets = secrets;
    this.#workflow = client.workflow.getHandle(workflowId(name));
  }

  /** Adds a component; without `launch` it is one that is started by hand. */
  async attach(input: ComponentSpecInput, { secrets = {} }: AttachOptions = {}): Promise<ComponentSpec> {
    const { launch, ...rest } = parseInput(componentSpecSchema, input, 'component');
    const id = `cmp-${randomBytes(16).toString('hex')}`;
    const component: ComponentSpec = { id, ...rest, ...(launch === undefined ? {} : { launch }) };
    const send = (spec: ComponentSpec) => this.#command('attach', { component: spec });
    if (Object.keys(secrets).length > 0) return this.#secrets.attach(await this.state(), component, secrets, send);
    await send(component);
    return component;
  }

  /**
   * Removes a component and its secrets.
   * @param component id or name
   */
  async detach(component: string): Promise<CommandAnswer> {
    const before = await this.state();
    const answer = await this.#command('detach', { component });
    await this.#secrets.detached(before, component);
    return answer;
  }

  /**
   * Replaces a component's configuration. A component that runs and takes it then gets it at once, and the answer's
   * `delivery` is what came of it; any other gets it with its next CONFIGURE (`later`).
   * @throws AegisError CONFIG_REFUSED when the component refuses it: it goes on with the one it had
   */
  configure(component: string, config: Readonly<Record<string, unknown>>): Promise<CommandAnswer> {
    return this.#command('configure', { component, config });
  }

  /** Accepted when the session has begun to start; {@link waitFor} tells how it went on. */
  start(): Promise<CommandAnswer> {
    return this.#command('start');
  }

  /** Holds the stream; what is in flight still arrives. */
  pause(): Promise<CommandAnswer> {
    return this.#command('pause');
  }

  resume(): Promise<CommandAnswer> {
    return this.#command('resume');
  }

  /** Ends the run; components stay up. */
  stop(): Promise<CommandAnswer> {
    return this.#command('stop');
  }

  /** Runs again from the beginning. */
  restart(): Promise<CommandAnswer> {
    return this.#command('restart');
  }

  /** Accepted when the session is SHUTDOWN; {@link ended} tells when its processes are gone. */
  shutdown(): Promise<CommandAnswer> {
    return this.#command('shutdown');
  }

  /** Everything the session knows about itself; also of a session that has been shut down. */
  state(): Promise<Session> {
    return this.#request(() => this.#workflow.query<Session>('state'));
  }

  /** The last 256 events, oldest first; also of a session that has been shut down. */
  events(): Promise<readonly LogEntry[]> {
    return this.#request(() => this.#workflow.query<readonly LogEntry[]>('events'));
  }

  /** Waits until the session is in one of the states. A session that has failed or was refused throws its reason. */
  waitFor(states: readonly SessionState[], options: WaitOptions = {}): Promise<Session> {
    return waitForState(this, states, options);
  }

  /**
   * Waits until the workflow has ended after a shutdown: its processes are gone then.
   * @throws AegisError TIMEOUT when its host has not ended them in time
   */
  async ended({ timeoutMs }: EndedOptions = {}): Promise<Session> {
    const over = new AbortController();
    const result = this.#workflow.result().catch((error: unknown) => {
      throw fromTemporal(error, this.name);
    });
    if (timeoutMs === undefined) return result;
    const late = delay(timeoutMs, undefined, { signal: over.signal }).then(() => {
      throw new AegisError('TIMEOUT', `session "${this.name}" has not ended within ${timeoutMs / 1_000} s`, {
        where: `session ${this.name}`,
        remedy: 'Its host has not ended its processes: is aegisd up there? `aegisctl doctor` tells.',
      });
    });
    try {
      return await Promise.race([result, late]);
    } finally {
      over.abort();
      late.catch(() => {});
      result.catch(() => {});
    }
  }

  /** Shuts the session down if need be and removes its history from Temporal, and its secrets; other files are left alone. */
  async delete(options: DeleteOptions = {}): Promise<void> {
    await deleteSession({ client: this.#client, namespace: this.#namespace, handle: this }, options);
    await this.#secrets.deleted(this.name);
  }

  #command(name: CommandName, argument: Record<string, unknown> = {}): Promise<CommandAnswer> {
    const updateId = randomUUID();
    const options = { updateId, args: [argument] satisfies [Record<string, unknown>] };
    const send = () => this.#workflow.executeUpdate<CommandAnswer, [Record<string, unknown>]>(name, options);
    return this.#request(() => sendUpdate(send));
  }

  async #request<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await this.#client.withDeadline(Date.now() + REQUEST_TIMEOUT_MS, send);
    } catch (error) {
      throw fromTemporal(error, this.name);
    }
  }
}
