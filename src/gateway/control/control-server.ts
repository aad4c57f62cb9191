import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ComponentState, isLive } from '../../model/component-state.ts';
import { FirstByteCodec } from '../../model/protocol/first-byte-codec.ts';
import { configureFits } from '../../model/protocol/padding.ts';
import { ControlConnection, type Reconfigured } from './control-connection.ts';
import type { ControlLog } from './control-log.ts';
import { CONTROL_LIMITS, type ControlLimits } from './limits.ts';
import type { SessionPort } from './session-port.ts';
import { SessionReports } from './session-reports.ts';
import { listenAt } from './socket-file.ts';

export interface ControlServerOptions {
  /** Absolute path of the control socket, at most 107 bytes. Its folder is made when it is missing. */
  readonly path: string;
  readonly port: SessionPort;
  /** What differs from {@link CONTROL_LIMITS}. */
  readonly limits?: Partial<ControlLimits>;
  /** Default: nothing is logged. */
  readonly log?: ControlLog;
}

/** Component ids are unique within a session only: somebody may bring the id of another session's component. */
export interface ComponentAddress {
  readonly sessionId: string;
  readonly componentId: string;
}

export interface ConnectionStatus extends ComponentAddress {
  readonly session: string;
  readonly name: string;
  /** As the workflow last answered. */
  readonly state: ComponentState;
  /** Unix ms. */
  readonly connectedAt: number;
  readonly lastMessageAt: number;
}

/** The control socket: registers components, carries their reports to their sessions, and commands to them. */
export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #limits: ControlLimits;
  readonly #reports: SessionReports;
  readonly #server: Server;
  readonly #connections = new Set<ControlConnection>();
  readonly #components = new Map<string, ControlConnection>();

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#limits = { ...CONTROL_LIMITS, ...options.limits };
    this.#reports = new SessionReports(options.port);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** @throws AegisError START_REFUSED when another server listens at the path. */
  async listen(): Promise<void> {
    await listenAt(this.#server, this.#options.path);
  }

  /** Ends all connections without a message: components come back when the server does. */
  async close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drop('the server closes');
    await stopped;
    await Promise.race([this.#reports.stop(), sleep(this.#limits.closeMs, undefined, { ref: false })]);
  }

  /**
   * Tells a component that its finished session runs again. `not-connected`: it has no connection, or is neither RUNNING
   * nor WAITING. Default limit for the ACK: 15 s.
   */
  async reborn(address: ComponentAddress, timeoutMs = 15_000): Promise<'acknowledged' | 'no-answer' | 'not-connected'> {
    const connection = this.#find(address);
    const state = connection?.member?.state;
    if (connection?.phase !== 'running' || state === undefined || !isLive(state)) return 'not-connected';
    return (await connection.reborn(timeoutMs)) ? 'acknowledged' : 'no-answer';
  }

  /**
   * Sends a changed configuration to a running component. `later`: it has not said that it takes one while it runs, or is
   * not connected: it gets it with its next CONFIGURE. `starting`: it is between its CONFIGURE and RUNNING, ask again.
   */
  async reconfigure(
    address: ComponentAddress,
    config: Readonly<Record<string, unknown>>,
    timeoutMs: number,
  ): Promise<Reconfigured | { readonly answer: 'later' } | { readonly answer: 'starting' }> {
    const connection = this.#find(address);
    if (connection?.member === undefined) return { answer: 'later' };
    const { phase, member } = connection;
    if (phase !== 'running' || !member.reconfigurable) connection.keepConfig(config);
    if (member.reconfigurable && (phase === 'configuring' || phase === 'configured')) return { answer: 'starting' };
    if (phase !== 'running' || !member.reconfigurable) return { answer: 'later' };
    if (!configureFits(member.topics, config)) return { answer: 'refused', problem: 'it does not fit CONFIGURE' };
    return connection.reconfigure(config, timeoutMs);
  }

  /**
   * Sends SHUTDOWN. A component that has not reached RUNNING would misread it: its connection is closed instead, and the
   * REGISTER with which it returns is refused by the session.
   */
  shutdown(address: ComponentAddress): 'sent' | 'closed' | 'not-connected' {
    const connection = this.#find(address);
    if (connection === undefined) return 'not-connected';
    connection.shutdown();
    return connection.phase === 'closed' ? 'closed' : 'sent';
  }

  /** True once the component has no connection; false when it still has one after `timeoutMs`. */
  async waitClosed(address: ComponentAddress, timeoutMs: number): Promise<boolean> {
    const connection = this.#find(address);
    if (connection === undefined) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    void connection.closed.then(() => resolve(true));
    const closed = await promise;
    clearTimeout(timer);
    return closed;
  }

  /** Closes the connections of a session without a message. */
  disconnectSession(sessionId: string): void {
    for (const connection of this.#components.values()) {
      if (connection.member?.sessionId === sessionId) connection.drop('the session ended');
    }
  }

  /** The components that are connected. */
  status(): readonly ConnectionStatus[] {
    return [...this.#components.values()].flatMap(({ member, connectedAt, lastMessageAt }) => {
      if (member === undefined) return [];
      const { sessionId, session, componentId, name, state } = member;
      return [{ sessionId, session, componentId, name, state, connectedAt, lastMessageAt }];
    });
  }

  #accept(socket: Socket): void {
    const { port, log = () => {} } = this.#options;
    if (this.#connections.size >= this.#limits.maxConnections) {
      log({ level: 'warn', message: `connection refused: there are ${this.#limits.maxConnections} already` });
      socket.destroy();
      return;
    }
    const connection = new ControlConnection({
      socket,
      codec: new FirstByteCodec(),
      limits: this.#limits,
      port,
      reports: this.#reports,
      connection: randomUUID(),
      freshId: `cmp-${randomBytes(16).toString('hex')}`,
      onRegistered: (registered) => this.#registered(registered),
      onClosed: (closed) => this.#closed(closed),
      log,
    });
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  #registered(connection: ControlConnection): void {
    const key = keyOf(connection.member);
    const older = this.#components.get(key);
    this.#components.set(key, connection);
    older?.replace();
  }

  #closed(connection: ControlConnection): void {
    const key = keyOf(connection.member);
    if (this.#components.get(key) === connection) this.#components.delete(key);
  }

  #find(address: ComponentAddress): ControlConnection | undefined {
    return this.#components.get(keyOf(address));
  }
}

function keyOf(address: ComponentAddress | undefined): string {
  return address === undefined ? '' : `${address.sessionId}/${address.componentId}`;
}
