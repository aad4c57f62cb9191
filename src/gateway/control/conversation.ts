import type { ComponentState } from '../../model/component-state.ts';
import type { Registration } from '../../model/protocol/inbound.ts';
import type { OutgoingBody } from '../../model/protocol/outgoing.ts';
import type { ProtocolProblem } from '../../model/protocol/protocol-error.ts';
import type { ConnectionAction, Question, TimerName } from './connection-events.ts';
import type { ControlLimits } from './limits.ts';

/**
 * Where the handshake stands. `failed`: the component reported ERROR before it ran. `leaving`: it said SHUTDOWN.
 * What a component may do from RUNNING on is the workflow's decision alone.
 */
export type Phase =
  | 'unregistered'
  | 'registered'
  | 'initializing'
  | 'configuring'
  | 'configured'
  | 'running'
  | 'failed'
  | 'leaving'
  | 'closed';

/** The component as the workflow last answered. */
export interface Member {
  readonly sessionId: string;
  readonly session: string;
  readonly componentId: string;
  readonly name: string;
  state: ComponentState;
  readonly topics: readonly string[];
  config: Readonly<Record<string, unknown>>;
  /** It takes a CONFIGURE while it runs. */
  readonly reconfigurable: boolean;
  /** As CONFIGURE named it. */
  dataSocket?: string;
}

/** The message that is being answered, while the session is asked. Later messages wait. */
export type Waiting =
  | { readonly for: 'authenticate'; readonly messageId: string; readonly registration: Registration }
  | {
      readonly for: 'register';
      readonly messageId: string;
      readonly name: string;
      readonly sessionId: string;
      readonly session: string;
      readonly reconfigurable: boolean;
    }
  | { readonly for: 'state'; readonly messageId: string; readonly state: ComponentState }
  | { readonly for: 'readyDataSocket'; readonly messageId: string }
  | { readonly for: 'legacyDataSocket' }
  | { readonly for: 'runtimeError'; readonly recoverable: boolean }
  | { readonly for: 'left'; readonly messageId: string };

export interface ConversationOptions {
  readonly limits: ControlLimits;
  /** Names the connection in reports. */
  readonly connection: string;
  /** Id for a component that brings none. */
  readonly freshId: string;
}

/** The state of one connection's conversation, and the list of actions that its rules fill. */
export class Conversation {
  readonly limits: ControlLimits;
  readonly connection: string;
  readonly freshId: string;
  phase: Phase = 'unregistered';
  member: Member | undefined;
  waiting: Waiting | undefined;
  call = 0;
  /** Set once a REGISTER was reported: the end of the connection has to be reported too. */
  reported: { readonly session: string; readonly componentId: string } | undefined;
  shutdownSent = false;
  rebornSent = false;
  /** A CONFIGURE was sent while the component ran, and has no answer yet. */
  reconfigureSent = false;
  #actions: ConnectionAction[] = [];

  constructor(options: ConversationOptions) {
    this.limits = options.limits;
    this.connection = options.connection;
    this.freshId = options.freshId;
  }

  get inHandshake(): boolean {
    return this.phase !== 'running' && this.phase !== 'leaving' && this.phase !== 'closed';
  }

  takeActions(): readonly ConnectionAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  act(action: ConnectionAction): void {
    this.#actions.push(action);
  }

  send(body: OutgoingBody, correlationId: string | null = null): void {
    this.act({ type: 'send', body, correlationId });
  }

  arm(timer: TimerName, ms: number): void {
    this.act({ type: 'arm', timer, ms });
  }

  disarm(timer: TimerName): void {
    this.act({ type: 'disarm', timer });
  }

  ask(question: Question, waiting: Waiting): void {
    this.call += 1;
    this.waiting = waiting;
    this.act({ type: 'ask', call: this.call, question });
  }

  /** The message that was waiting has its answer, or needs none any more. */
  settle(): void {
    this.call += 1;
    this.waiting = undefined;
    this.disarm('answer');
    this.disarm('dataSocket');
  }

  /** Tells the component and goes on. */
  warn(problem: ProtocolProblem): void {
    this.#sendProblem(problem, true);
  }

  /** Tells the component and ends the connection. */
  fail(problem: ProtocolProblem): void {
    this.#sendProblem(problem, false);
    this.close(`${problem.code}: ${problem.message}`);
  }

  close(reason: string): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.settle();
    if (this.reported !== undefined) {
      const { session, componentId } = this.reported;
      this.act({ type: 'tell', session, report: { type: 'disconnected', componentId, connection: this.connection } });
    }
    this.act({ type: 'close', reason });
  }

  #sendProblem({ code, message, correlationId }: ProtocolProblem, recoverable: boolean): void {
    this.send(
      { type: 'ERROR', command: 'RUNTIME_ERROR', payload: { code, message: clip(message), recoverable } },
      correlationId,
    );
  }
}

/** Reasons of a session may repeat what components said, at any length. */
function clip(message: string): string {
  return message.length > 2_000 ? `${message.slice(0, 2_000)}…` : message;
}
