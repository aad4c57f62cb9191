import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Phase } from '../../gateway/control/conversation.ts';
import { CONTROL_LIMITS, type ControlLimits } from '../../gateway/control/limits.ts';
import { listenAt } from '../../gateway/control/socket-file.ts';
import { componentEnvironment } from '../../model/component-environment.ts';
import type { Mode } from '../../model/market.ts';
import type { OutgoingBody } from '../../model/protocol/outgoing.ts';
import { type LaunchSpec, SESSION_DEFAULTS } from '../../model/session.ts';
import { Recorder } from '../recorder.ts';
import type { Dialect, Entry, Given, Step } from '../transcript.ts';
import { type Admission, CheckSession, SESSION_NAME } from './check-session.ts';
import { ComponentProgram } from './component-program.ts';
import { ControlConnection, type Manner, PLAIN } from './control-connection.ts';
import { DataPeer, type WriteOptions } from './data-peer.ts';

/** What a scenario changes about the Aegis that the component meets. */
export interface PeerSetting {
  readonly manner?: Partial<Manner>;
  /** `AEGIS_COMPONENT_ID` is not given: the component is started by hand. */
  readonly byHand?: boolean;
  readonly rowsWithUnknownFields?: boolean;
  readonly dataRefusals?: number;
  readonly admission?: Admission;
}

export interface PeerOptions {
  readonly launch: LaunchSpec;
  readonly config: Readonly<Record<string, unknown>>;
  readonly mode: Mode;
  readonly dialect: Dialect | undefined;
  /** Nothing is waited for longer, ms. */
  readonly patienceMs: number;
  readonly setting: PeerSetting;
  readonly signal: AbortSignal;
}

/** Aegis sends a PING every 5 s; the check has not so much time. */
const PING_MS = 1_000;
/** The limits of Aegis on silence are not what is checked. */
const NEVER_MS = 3_600_000;

/** From the launch of the program; a runtime that compiles first needs its time. */
const CONNECT_MS = 30_000;

const LAST_WORDS_MS = 500;
const DRAIN_MS = 1_000;

/** The way to RUNNING, with the limits of Aegis. */
const HANDSHAKE = [
  { what: 'REGISTER', ms: CONTROL_LIMITS.registerMs, phase: 'registered' },
  { what: 'INITIALIZING and READY', ms: CONTROL_LIMITS.stepMs, phase: 'configuring' },
  { what: 'ACK of CONFIGURE and CONFIGURED', ms: CONTROL_LIMITS.stepMs, phase: 'configured' },
  { what: 'RUNNING', ms: CONTROL_LIMITS.stepMs, phase: 'running' },
] as const;

/** Aegis for one component: private sockets, the launched program, and the hands of a scenario. */
export class Peer {
  readonly recorder: Recorder;
  readonly given: Given;
  readonly data: DataPeer;
  readonly #options: PeerOptions;
  readonly #dir = mkdtempSync(join(tmpdir(), 'aegis-check-'));
  readonly #session: CheckSession;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #connections: ControlConnection[] = [];
  #program: ComponentProgram | undefined;

  constructor(options: PeerOptions) {
    this.#options = options;
    const { mode, dialect, setting, config, signal } = options;
    this.recorder = new Recorder(signal);
    const envId = setting.byHand === true ? '' : fresh('cmp');
    this.given = {
      ...{ token: fresh('token'), componentId: envId, assignedId: envId || fresh('cmp'), sessionId: fresh('ses') },
      ...{ mode, dialect },
    };
    this.#session = new CheckSession({ given: this.given, config, dataSocket: this.#path('data') });
    this.admit(setting.admission ?? 'accept');
    this.data = new DataPeer({
      given: this.given,
      topics: () => this.#session.topics,
      unknownFields: setting.rowsWithUnknownFields === true,
      refusals: setting.dataRefusals ?? 0,
      handshakeMs: this.within(10_000),
      recorder: this.recorder,
    });
  }

  /** The newest control connection. */
  get control(): ControlConnection | undefined {
    return this.#connections.at(-1);
  }

  get hasTopics(): boolean {
    return this.#session.topics.length > 0;
  }

  /** The component takes a CONFIGURE while it runs. */
  get reconfigurable(): boolean {
    return this.control?.reconfigurable === true;
  }

  /** A limit of the protocol, or the patience of the caller when that is shorter. */
  within(ms: number): number {
    return Math.min(ms, this.#options.patienceMs);
  }

  /** Listens, then launches the program. */
  async launch(): Promise<void> {
    await this.#listen('control', (socket) => this.#acceptControl(socket));
    await this.#listen('data', (socket) => this.data.accept(socket));
    const { launch, mode } = this.#options;
    const { token, componentId } = this.given;
    const env: Record<string, string | undefined> = componentEnvironment({
      controlSocket: this.#path('control'),
      ...{ token, componentId, mode, session: SESSION_NAME, componentName: SESSION_NAME },
    });
    if (componentId === '') env.AEGIS_COMPONENT_ID = undefined;
    const { recorder } = this;
    const logPath = join(this.#dir, 'component.log');
    this.#program = new ComponentProgram({ launch, env, logPath, recorder, drained: () => this.#drained() });
  }

  admit(admission: Admission): void {
    this.#session.admission = admission;
  }

  step(step: Step): void {
    this.recorder.record({ kind: 'step', step });
  }

  send(body: OutgoingBody): void {
    this.control?.send(body);
  }

  /** CONFIGURE to a component that runs, with the configuration that it has. */
  reconfigure(): void {
    this.control?.reconfigure(this.#options.config);
  }

  terminate(): void {
    this.#program?.signal('SIGTERM');
  }

  until(what: string, ms: number, test: (entry: Entry) => boolean, from = 0): Promise<boolean> {
    return this.recorder.until(what, this.within(ms), () => this.recorder.has(test, from));
  }

  /**
   * Waits until the first control connection that was opened after `from` entries has come to RUNNING, for each step as
   * long as the protocol allows.
   */
  async running(from = 0): Promise<boolean> {
    const { recorder } = this;
    const opened = (entry: Entry): boolean => entry.kind === 'opened' && entry.socket === 'control';
    if (!(await this.until('a connection to the control socket', CONNECT_MS, opened, from))) return false;
    const first = recorder.entries.slice(from).find(opened);
    const connection = first !== undefined && 'connection' in first ? first.connection : 0;
    for (const { what, ms, phase } of HANDSHAKE) {
      const closed = (): boolean => recorder.has((entry) => isClosed(entry, connection));
      const reached = (): boolean => recorder.has((entry) => isPhase(entry, connection, phase));
      await recorder.until(what, this.within(ms), () => reached() || closed());
      if (!reached()) return false;
    }
    return true;
  }

  /** Waits for a data connection; false at once when the component has declared no topics. */
  async connected(): Promise<boolean> {
    if (!this.hasTopics) return false;
    const ms = this.within(SESSION_DEFAULTS.dataGraceMs);
    return this.recorder.until('a data connection', ms, () => this.data.connected);
  }

  rows(count: number, options: Partial<WriteOptions> = {}): Promise<boolean> {
    return this.data.write(count, { ms: this.within(10_000), ...options });
  }

  /** Ends everything, whatever has happened. */
  async close(): Promise<void> {
    // A program that has ended its connection is about to end: how it does tells more than that it was killed.
    const { entries } = this.recorder;
    const left = entries.findLast((entry) => entry.kind === 'closed' && entry.socket === 'control');
    if (left?.kind === 'closed' && left.by === 'component') await this.recorder.ending(LAST_WORDS_MS);
    await this.#program?.kill();
    for (const connection of this.#connections) connection.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #acceptControl(socket: Socket): void {
    const { recorder, given } = this;
    const { manner = {} } = this.#options.setting;
    const connection = new ControlConnection({
      ...{ socket, recorder, limits: this.#limits(), session: this.#session, componentId: given.assignedId },
      number: this.#connections.length + 1,
      manner: { ...PLAIN, ...manner },
    });
    this.#connections = [...this.#connections, connection];
  }

  /** Whatever the program has started may hold its sockets open: that is not waited for. */
  async #drained(): Promise<void> {
    const open = [...this.#sockets].filter((socket) => !socket.readableEnded && !socket.destroyed);
    const ends = open.map(
      (socket) => new Promise<void>((resolve) => socket.once('end', resolve).once('close', resolve)),
    );
    const late = new AbortController();
    await Promise.race([Promise.all(ends), delay(DRAIN_MS, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }

  #limits(): ControlLimits {
    return {
      ...CONTROL_LIMITS,
      registerMs: this.within(CONTROL_LIMITS.registerMs),
      stepMs: this.within(CONTROL_LIMITS.stepMs),
      configureAckMs: this.within(CONTROL_LIMITS.configureAckMs),
      // Counted from the moment at which the component has REGISTERED.
      legacyMs: CONTROL_LIMITS.legacyMs + (this.#options.setting.manner?.delayMs ?? 0),
      pingMs: PING_MS,
      deadMs: NEVER_MS,
    };
  }

  #path(name: 'control' | 'data'): string {
    return join(this.#dir, `${name}.sock`);
  }

  async #listen(name: 'control' | 'data', accept: (socket: Socket) => void): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      accept(socket);
    });
    this.#servers.push(server);
    await listenAt(server, this.#path(name));
  }
}

function isClosed(entry: Entry, connection: number): boolean {
  return entry.kind === 'closed' && entry.socket === 'control' && entry.connection === connection;
}

function isPhase(entry: Entry, connection: number, phase: Phase): boolean {
  return entry.kind === 'phase' && entry.connection === connection && entry.phase === phase;
}

function fresh(prefix: string): string {
  return `${prefix}-${randomBytes(10).toString('hex')}`;
}
