import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { ack, ControlClient, runtimeError } from '../support/control-client.ts';
import { sample, spec, tokenOf } from '../support/session-run.ts';

const BEFORE = { size: 1 };
const AFTER = { size: 2 };

describe('a configuration that is changed while the session runs', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: ['BTCUSDT'], trades: 10 });
  });
  afterAll(() => aegis?.close());

  /** Holds its session in RUNNING: its rows wait for a data connection that it does not make. */
  async function running(capabilities: object = {}) {
    const session = await aegis.create(spec());
    const { id } = await session.attach({ name: 'mine', config: BEFORE });
    const control = await ControlClient.connect(aegis.client.endpoints.controlSocket);
    const token = await tokenOf(aegis, session);
    const declared = { supported_symbols: ['BTCUSDT'], requires_streams: ['trades'], ...capabilities };
    const { configure } = await control.run({ token, componentId: id, capabilities: declared });
    expect(configure.payload.config).toEqual(BEFORE);
    await session.start();
    await session.waitFor(['RUNNING']);
    return { session, control };
  }

  async function configOf(session: SessionHandle): Promise<unknown> {
    return (await session.state()).components[0]?.config;
  }

  async function audited(session: SessionHandle): Promise<string[]> {
    const events = await session.events();
    return events.filter(({ event }) => event.startsWith('config')).map(({ event, text }) => `${event} ${text ?? ''}`);
  }

  it('is delivered, acknowledged and written down', async () => {
    const { session, control } = await running({ reconfigurable: true });
    const answer = session.configure('mine', AFTER);
    const configure = await control.skipTo('CONFIGURE');
    expect(configure.payload.config).toEqual(AFTER);
    control.send(ack(configure.message_id));
    expect(await answer).toMatchObject({ state: 'RUNNING', delivery: 'acknowledged' });
    expect(await configOf(session)).toEqual(AFTER);
    expect(await audited(session)).toEqual(['configure ', 'configured acknowledged']);
    control.close();
  });

  it('reaches a component between two runs as well, where REBORN would bring none', async () => {
    const { session, control } = await running({ reconfigurable: true });
    await session.stop();
    const answer = session.configure('mine', AFTER);
    const configure = await control.skipTo('CONFIGURE');
    expect(configure.payload.config).toEqual(AFTER);
    control.send(ack(configure.message_id));
    expect(await answer).toMatchObject({ state: 'FINISHED', delivery: 'acknowledged' });
    control.close();
  });

  it('may be refused by the component, and nothing has changed then', async () => {
    const { session, control } = await running({ reconfigurable: true });
    const answer = session.configure('mine', AFTER);
    await control.skipTo('CONFIGURE');
    control.send(runtimeError('CONFIGURE_FAILED', 'size: at most 1', true));
    await expect(answer).rejects.toMatchObject({ code: 'CONFIG_REFUSED', message: expect.stringMatching(/at most 1/) });
    expect(await configOf(session)).toEqual(BEFORE);
    expect(await audited(session)).toEqual(['configure ', 'configRefused size: at most 1']);
    control.close();
  });

  it('waits for the next start of a component that takes none while it runs', async () => {
    const { session, control } = await running();
    expect(await session.configure('mine', AFTER)).toMatchObject({ delivery: 'later' });
    expect(control.lines.filter(({ message }) => message.command === 'CONFIGURE')).toHaveLength(1);
    control.close();
    const again = await ControlClient.connect(aegis.client.endpoints.controlSocket);
    const { id } = (await session.state()).components[0] ?? { id: '' };
    const { configure } = await again.run({ token: await tokenOf(aegis, session), componentId: id });
    expect(configure.payload.config).toEqual(AFTER);
    again.close();
  });
});
