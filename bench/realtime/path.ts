import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamPlan } from '../../src/model/plan.ts';
import type { DataStreamCommand, DataStreamMessage } from '../../src/model/wire/data-stream-process.ts';
import type { OrchestratorCommand, OrchestratorMessage } from '../../src/model/wire/orchestrator-process.ts';
import { freePort } from '../../src/servers/free-port.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { NATS_SPEC } from '../../src/servers/server-spec.ts';
import { type NatsServer, startNats } from '../../src/servers/start-nats.ts';
import { type ChildMessages, forkProcess } from '../../test/orchestrator/child.ts';
import { until } from '../../test/orchestrator/until.ts';
import { TOPICS } from './market.ts';

const COMPONENT = 'bench';
const LIMITS = { maxAgeMs: 3_600_000, maxBytes: 1 << 30 };

/** The processes through which a realtime row goes, as aegisd starts them: orchestrator, NATS, data stream server. */
export class RealtimePath {
  readonly sessionId: string;
  readonly componentId = COMPONENT;
  readonly socketPath: string;
  readonly #home: string;
  readonly #nats: NatsServer;
  readonly #dataStream: ChildMessages<DataStreamMessage>;
  #orchestrator: ChildMessages<OrchestratorMessage> | undefined;

  /** `home`: an empty folder. The orchestrator is not started yet: the component is to be there first. */
  static async start(home: string, sessionId: string): Promise<RealtimePath> {
    await mkdir(home, { recursive: true });
    const { path } = await resolveServer(NATS_SPEC);
    const [port, monitorPort] = [await freePort(0), await freePort(0)];
    const nats = await startNats({ path, port, monitorPort, store: join(home, 'nats'), log: join(home, 'nats.log') });
    const realtime = new RealtimePath(home, sessionId, nats);
    await realtime.#beginRun();
    return realtime;
  }

  private constructor(home: string, sessionId: string, nats: NatsServer) {
    this.#home = home;
    this.sessionId = sessionId;
    this.socketPath = join(home, 'data.sock');
    this.#nats = nats;
    this.#dataStream = forkProcess('src/gateway/data/main.ts');
  }

  /** By name, for their CPU time. */
  get pids(): Readonly<Record<string, number>> {
    const pidOf = (child: ChildProcess | undefined) => child?.pid ?? 0;
    return {
      orchestrator: pidOf(this.#orchestrator?.child),
      'nats-server': this.#nats.process.pid,
      'data stream server': pidOf(this.#dataStream.child),
    };
  }

  /** Resolves when the orchestrator is at the market. */
  async startOrchestrator(endpoint: string): Promise<void> {
    const planPath = join(this.#home, 'plan.json');
    const now = Date.now();
    const plan: StreamPlan = {
      market: 'spot',
      from: now,
      to: now,
      topics: TOPICS.map((topic) => ({ topic, tapes: [] })),
      gaps: [],
      live: { endpoint, history: false, log: LIMITS, record: false },
    };
    await writeFile(planPath, JSON.stringify(plan));
    const orchestrator = forkProcess<OrchestratorMessage>('src/orchestrator/main.ts');
    this.#orchestrator = orchestrator;
    const { sessionId } = this;
    const run = { natsUrl: this.#nats.url, planPath, tapesDir: this.#home, run: 1, attempt: 1, paused: false };
    orchestrator.child.send({
      type: 'init',
      sessionId,
      ...run,
      live: { wanted: [...TOPICS], directPath: this.#directPath },
    } satisfies OrchestratorCommand);
    await until('the orchestrator is at the market', () =>
      orchestrator.messages.some((message) => message.type === 'notice' && message.event === 'opened'),
    );
  }

  get #directPath(): string {
    return join(this.#home, 'direct.sock');
  }

  async close(): Promise<void> {
    const children = [this.#orchestrator, this.#dataStream].filter((child) => child !== undefined);
    for (const { child } of children) if (child.connected) child.disconnect();
    await Promise.all(children.map(({ exited }) => exited));
    await this.#nats.process.stop(5_000);
  }

  async #beginRun(): Promise<void> {
    const { child, messages } = this.#dataStream;
    const components = [{ id: COMPONENT, topics: [...TOPICS] }];
    const { sessionId, socketPath } = this;
    const journalPath = join(this.#home, 'positions');
    const patience = { dataGraceMs: 15_000, dataReconnectMs: 120_000 };
    const natsUrl = this.#nats.url;
    child.send({
      type: 'init',
      sessionId,
      socketPath,
      directPath: this.#directPath,
      journalPath,
      natsUrl,
      components,
      ...patience,
    } satisfies DataStreamCommand);
    await until('the data stream server listens', () => messages.some(({ type }) => type === 'listening'));
    const members = [{ id: COMPONENT, fromSeq: 0 }];
    child.send({ type: 'beginRun', run: 1, topics: [...TOPICS], members, live: true, request: 1 });
    await until('the run is begun', () => messages.some(({ type }) => type === 'done'));
  }
}
