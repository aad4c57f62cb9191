import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { workflowId } from '../../src/model/activities.ts';
import { COMMANDS } from '../../src/model/session-state.ts';
import { socketDirPath } from '../../src/servers/socket-dir.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';

const RANGE = { mode: 'historical', market: 'spot', from: 0, to: 86_400_000 } as const;

describe('commands as signals, as the Temporal UI sends them', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
  });
  afterAll(() => aegis?.close());

  it('an illegal signal is recorded and changes nothing', async () => {
    const session = await aegis.create(RANGE);
    const before = await session.state();
    const workflow = aegis.client.temporal.workflow.getHandle(workflowId(session.name));
    for (const name of ['pause', 'resume', 'stop', 'restart', 'start'] as const) await workflow.signal(name);
    await vi.waitFor(async () => expect(await session.events()).toHaveLength(5));
    const events = await session.events();
    expect(events.map(({ event }) => event)).toEqual(
      ['pause', 'resume', 'stop', 'restart', 'start'].map((name) => `${name}/refused`),
    );
    for (const { text } of events) expect(text).toMatch(/REGISTERED|no component/);
    expect(await session.state()).toEqual(before);
  });

  it.each([
    ['attach', undefined],
    ['attach', { component: 5 }],
    ['attach', { component: { name: 'x' } }],
    ['detach', {}],
    ['configure', { component: 'x', config: [] }],
  ])('a malformed %s(%j) is refused as a signal and as an update, and the session lives on', async (name, argument) => {
    const session = await aegis.create(RANGE);
    const workflow = aegis.client.temporal.workflow.getHandle(workflowId(session.name));
    await workflow.signal(name, argument);
    await expect(workflow.executeUpdate(name, { args: [argument] })).rejects.toThrow();
    expect((await session.events()).map(({ event }) => event)).toEqual([`${name}/refused`]);
    expect((await session.shutdown()).state).toBe('SHUTDOWN');
  });

  it('every command is there as update and as signal', async () => {
    const session = await aegis.create(RANGE);
    const workflow = aegis.client.temporal.workflow.getHandle(workflowId(session.name));
    const { updateDefinitions, signalDefinitions } = await metadataOf(workflow);
    expect(updateDefinitions).toEqual(expect.arrayContaining([...COMMANDS, 'report']));
    expect(signalDefinitions).toEqual(expect.arrayContaining([...COMMANDS]));
  });

  it('the list shows states without asking the sessions, and a session that has ended leaves no socket', async () => {
    const session = await aegis.create(RANGE);
    await vi.waitFor(async () => expect(await stateInList(session.name)).toBe('REGISTERED'), { timeout: 240_000 });
    await session.shutdown();
    await session.ended();
    await vi.waitFor(async () => expect(await stateInList(session.name)).toBe('SHUTDOWN'), { timeout: 240_000 });
    const folder = socketDirPath(aegis.home);
    expect(existsSync(folder) && readdirSync(folder)).toEqual(['control.sock']);
  });

  async function stateInList(name: string): Promise<string | undefined> {
    return (await aegis.client.sessions({ all: true })).find((line) => line.name === name)?.state;
  }
});

interface Metadata {
  readonly definition: { readonly [kind: string]: readonly { readonly name: string }[] };
}

async function metadataOf(workflow: { query<T>(name: string): Promise<T> }) {
  const { definition } = await workflow.query<Metadata>('__temporal_workflow_metadata');
  const names = (kind: string) => (definition[kind] ?? []).map(({ name }) => name);
  return { updateDefinitions: names('updateDefinitions'), signalDefinitions: names('signalDefinitions') };
}
