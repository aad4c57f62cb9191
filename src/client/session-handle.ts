import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { type LogEntry, workflowId } from '../model/activities.ts';
import { AegisError } from '../model/errors.ts';
import { parseInput } from '../model/schema/parse.ts';
import { type ComponentSpecInput, componentSpecSchema } from '../model/schema/session-schema.ts';
import type { ComponentSpec, Session } from '../model/session.ts';
import type { CommandName, SessionState } from '../model/session-state.ts';
import { sendUpdate } from './send-update.ts';
import { fromTemporal } from './temporal-errors.ts';

/** What a command leads to; `paused` says whether a RUNNING session's stream is held. */
export interface CommandAnswer {
  readonly state: SessionState;
  readonly run: number;
  readonly paused: boolean;
}

export interface WaitOptions {
  /** Gives up after this long, ms; default: never. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with every state that was looked at. */
  readonly onState?: (session: Session) => void;
}

/** How long a request may take before the host counts as unavailable. */
const REQUEST_TIMEOUT_MS = 20_000;
const POLL_MS = 150;

/** One session, by name. Every method fails with an {@link AegisError} of the catalogue. */
export class SessionHandle {
  readonly name: string;
  readonly #client: Client;
  readonly #workflow: WorkflowHandle;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.name = name;
    this.#workflow = client.workflow.getHandle(workflowId(name));
  }

  /** Adds a component; without `launch` it is one that is started by hand. */
  async attach(input: ComponentSpecInput): Promise<ComponentSpec> {
    const { launch, ...rest } = parseInput(componentSpecSchema, input, 'component');
    const id = `cmp-${randomBytes(10).toString('hex')}`;
    const component: ComponentSpec = { id, ...rest, ...(launch === undefined ? {} : { launch }) };
    await this.#command('attach', { component });
    return component;
  }

  /** @param component id or name */
  detach(component: string): Promise<CommandAnswer> {
    return this.#command('detach', { component });
  }

  /** Replaces a component's configuration; it is delivered with the next CONFIGURE. */
  configure(component: string, config: Readonly<Record<string, unknown>>): Promise<CommandAnswer> {
    return this.#command('configure', { component, config });
  }

  /** Accepted when the session has begun to start; {@link waitFor} tells how it went on. */
  start(): Promise<CommandAnswer> {
    return this.#command('start');
  }

  pause(): Promise<CommandAnswer> {
    return this.#command('pause');
  }

  resume(): Promise<CommandAnswer> {
    return this.#command('resume');
  }

  stop(): Promise<CommandAnswer> {
    return this.#command('stop');
  }

  restart(): Promise<CommandAnswer> {
    return this.#command('restart');
  }

  shutdown(): Promise<CommandAnswer> {
    return this.#command('shutdown');
  }

  /** Everything the session knows about itself; also of a session that has been shut down. */
  state(): Promise<Session> {
    return this.#request(() => this.#workflow.query<Session>('state'));
  }

  /** The last 256 events, oldest first. */
  events(): Promise<readonly LogEntry[]> {
    return this.#request(() => this.#workflow.query<readonly LogEntry[]>('events'));
  }

  /** Waits until the session is in one of the states. A session that has failed or was refused throws its reason. */
  async waitFor(states: readonly SessionState[], options: WaitOptions = {}): Promise<Session> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal, onState } = options;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const session = await this.state();
      onState?.(session);
      if (states.includes(session.state)) return session;
      throwIfOver(session);
      if (Date.now() > deadline) {
        throw new AegisError('TIMEOUT', `session "${this.name}" is ${session.state}, not ${states.join(' or ')}`);
      }
      await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
    }
  }

  /** Waits until the workflow has ended after a shutdown: its processes are gone then. */
  async ended(): Promise<Session> {
    try {
      return await this.#workflow.result();
    } catch (error) {
      throw fromTemporal(error, this.name);
    }
  }

  #command(name: CommandName, argument: Record<string, unknown> = {}): Promise<CommandAnswer> {
    const updateId = randomUUID();
    const send = () =>
      this.#workflow.executeUpdate<CommandAnswer, [Record<string, unknown>]>(name, { updateId, args: [argument] });
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

function throwIfOver(session: Session): void {
  const { state, failure, name } = session;
  const over = state === 'FAILED' || state === 'SHUTDOWN' || (state === 'REGISTERED' && failure !== undefined);
  if (!over) return;
  if (failure === undefined) throw new AegisError('SESSION_FAILED', `session "${name}" is ${state}`);
  throw new AegisError(failure.code, failure.message, {
    where: `session ${name}`,
    ...(failure.details === undefined ? {} : { details: failure.details }),
  });
}
