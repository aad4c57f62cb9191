import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataClient } from '../orchestrator/data-client.ts';
import { startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { launchComponent } from '../support/component-program.ts';
import { ack, ControlClient } from '../support/control-client.ts';
import { firstDifference } from '../support/independent.ts';
import { expectedLines, linesIn, runToEnd, sample, spec, tokenOf } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const TEN = { symbols: ['BTCUSDT'], streams: ['trades'] };

describe('a component that is started by hand', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: TEN.symbols, trades: 10 });
  });
  afterAll(() => aegis?.close());

  it.each([
    ['under the id it was attached with', true],
    ['without having been attached', false],
  ])(
    'runs %s, and ends when the session does',
    async (_what, known) => {
      const session = await aegis.create(spec());
      const out = `${aegis.home}/${session.name}.ndjson`;
      const { id: componentId } = known ? await session.attach({ name: 'mine' }) : { id: '' };
      const program = launchComponent({
        program: 'waits',
        controlSocket: aegis.client.endpoints.controlSocket,
        token: await tokenOf(aegis, session),
        componentId,
        args: ['--out', out, '--name', 'mine', ...topicsArgs(TEN)],
      });
      try {
        await until('it is connected', async () => (await session.state()).components[0]?.connection !== undefined);
        const { id, components } = await runToEnd(session);
        expect(components).toHaveLength(1);
        expect(components[0]).toMatchObject({ name: 'mine', state: 'RUNNING', incarnation: 0 });
        const expected = expectedLines(aegis, id, TEN);
        await until('ten rows', () => linesIn(out).length >= 10);
        expect(firstDifference(linesIn(out), expected)).toBeUndefined();
        await session.shutdown();
        await session.ended();
        expect(await program.ended).toMatchObject({ code: 0, summary: { end: 'shutdown', rows: 10 } });
      } finally {
        program.kill('SIGKILL');
      }
    },
    90_000,
  );

  it('gets no row of the next run before it has acknowledged REBORN, and then the same bytes', async () => {
    const session = await aegis.create(spec());
    const control = await ControlClient.connect(aegis.client.endpoints.controlSocket);
    let data: DataClient | undefined;
    try {
      const capabilities = { supported_symbols: TEN.symbols, requires_streams: TEN.streams };
      const { componentId, sessionId, configure } = await control.run({
        token: await tokenOf(aegis, session),
        capabilities,
      });
      const socketPath = String(configure.payload.data_stream_socket);
      data = new DataClient({ socketPath, sessionId, componentId, tellsReceived: false });
      await runToEnd(session);
      const once = `${expectedLines(aegis, sessionId, TEN).join('\n')}\n`;
      await until('the first run', () => data?.bytes === once.length);

      await session.start();
      const reborn = await control.skipTo('REBORN');
      await until('it is back', () => data?.connections === 2);
      expect(data.bytes).toBe(once.length);
      expect((await session.state()).state).not.toBe('RUNNING');
      control.send(ack(reborn.message_id));
      await session.waitFor(['FINISHED']);
      await until('the second run', () => data?.bytes === 2 * once.length);
      expect(data.text.toString()).toBe(once + once);
    } finally {
      data?.stop();
      control.close();
    }
  });
});
