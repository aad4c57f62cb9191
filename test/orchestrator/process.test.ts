import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { DataStreamCommand, DataStreamMessage } from '../../src/model/wire/data-stream-process.ts';
import type { OrchestratorCommand, OrchestratorMessage } from '../../src/model/wire/orchestrator-process.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type ChildMessages, forkProcess } from './child.ts';
import { until } from './until.ts';

const ORCHESTRATOR = 'src/orchestrator/main.ts';
const DATA_STREAM = 'src/gateway/data/main.ts';

function start<M>(path: string): ChildMessages<M> {
  const started = forkProcess<M>(path);
  onTestFinished(async () => {
    started.child.kill('SIGKILL');
    await started.exited;
  });
  return started;
}

function initDataStream(): DataStreamCommand {
  const dir = tempDir();
  return {
    type: 'init',
    sessionId: 's1',
    socketPath: join(dir, 'data.sock'),
    journalPath: join(dir, 'positions'),
    natsUrl: inject('natsUrl'),
    components: [],
    dataGraceMs: 15_000,
    dataReconnectMs: 120_000,
  };
}

describe('processes of the stream', () => {
  it.each([ORCHESTRATOR, DATA_STREAM])('%s ends when its parent is gone', async (path) => {
    const { child, exited } = start(path);
    await until('it runs', () => child.connected);
    child.disconnect();
    expect(await exited).not.toBeNull();
  });

  it('the data stream server ends with its parent also while it serves', async () => {
    const { child, exited, messages } = start<DataStreamMessage>(DATA_STREAM);
    child.send(initDataStream());
    await until('it listens', () => messages.some(({ type }) => type === 'listening'));
    child.disconnect();
    expect(await exited).toBe(0);
  });

  it('the data stream server answers each command, and says why it refuses one', async () => {
    const { child, messages } = start<DataStreamMessage>(DATA_STREAM);
    child.send(initDataStream());
    const commands: DataStreamCommand[] = [
      { type: 'beginRun', run: 1, topics: ['no topic'], members: [], request: 1 },
      { type: 'setComponent', component: { id: 'somebody', topics: ['trades.BTCUSDT'] }, request: 2 },
      { type: 'beginRun', run: 1, topics: ['trades.BTCUSDT'], members: [{ id: 'somebody', fromSeq: 0 }], request: 3 },
      { type: 'removeComponent', componentId: 'somebody', request: 4 },
      { type: 'status', request: 5 },
    ];
    for (const command of commands) child.send(command);
    await until('the last is answered', () =>
      messages.some((message) => 'request' in message && message.request === 5),
    );
    expect(messages).toMatchObject([
      { type: 'listening' },
      { type: 'refused', request: 1, error: { code: 'INVALID_SPEC' } },
      { type: 'done', request: 2 },
      { type: 'done', request: 3 },
      { type: 'done', request: 4 },
      { type: 'status', request: 5, status: { run: 1, started: true, components: [] } },
    ]);
  });

  it('the orchestrator says what is wrong with its plan, and ends', async () => {
    const { child, exited, messages } = start<OrchestratorMessage>(ORCHESTRATOR);
    const init: OrchestratorCommand = {
      type: 'init',
      sessionId: 's1',
      natsUrl: inject('natsUrl'),
      planPath: join(tempDir(), 'plan.json'),
      tapesDir: tempDir(),
      run: 1,
      attempt: 1,
      paused: false,
    };
    child.send(init);
    expect(await exited).toBe(1);
    expect(messages).toMatchObject([{ type: 'failed', error: { code: 'STREAM_FAILED', where: init.planPath } }]);
  });
});
