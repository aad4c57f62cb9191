import { describe, expect, it } from 'vitest';
import { linesIn } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { answer, rowLines, ScriptedAegis, type ScriptedMessage, textOf } from './scripted-aegis.ts';
import { LANGUAGES, type Language } from './stage.ts';

const FIRST = { size: 1 };
const SECOND = { size: 2 };
const TOO_MUCH = { size: 11 };
const STYLES: readonly (readonly [Language, string])[] = [
  ['python', 'callback'],
  ['python', 'async'],
  ['python', 'batches'],
  ['typescript', 'callback'],
  ['typescript', 'batches'],
];

/** A line of `programs/tune`. */
interface Told {
  readonly what: 'configure' | 'reconfigure' | 'begin' | 'rows';
  readonly rows?: number;
  readonly config?: object;
  readonly before?: object;
}

/** A component that runs with the configuration `FIRST`, and its data connection. */
async function running(language: Language, style: string, args: readonly string[] = []) {
  const aegis = await ScriptedAegis.start(({ socket }) => socket.write(answer({ run: 1, from: 0, given: 0 })));
  aegis.config = FIRST;
  const child = aegis.launch(language, ['--style', style, ...args], 'tune');
  const said = (command: string): ScriptedMessage[] => aegis.messages.filter((each) => each.command === command);
  const states = (): unknown[] => said('STATE_UPDATE').map(({ payload }) => payload.state);
  await until('the data connection', () => aegis.connections.length === 1);
  await until('RUNNING', () => states().at(-1) === 'RUNNING');
  const told = (): Told[] => linesIn(aegis.out).map((line) => JSON.parse(line));
  let sent = 0;
  /** Sends rows, and waits until they are handled. */
  const rows = async (count: number): Promise<void> => {
    aegis.connections[0]?.socket.write(textOf(rowLines(sent, sent + count)));
    sent += count;
    await until(`${sent} rows`, () => handled(told()) === sent);
  };
  const reconfigured = (messageId: string): Promise<ScriptedMessage> =>
    until(`an answer to ${messageId}`, () =>
      aegis.messages.find(
        ({ command, correlation_id, payload }) =>
          (command === 'ACK' && correlation_id === messageId) || payload.code === 'CONFIGURE_FAILED',
      ),
    );
  return { aegis, child, said, states, told, rows, reconfigured };
}

function handled(told: readonly Told[]): number {
  return told.reduce((sum, { what, rows = 0 }) => sum + (what === 'rows' ? rows : 0), 0);
}

function reconfigurations(told: readonly Told[]): Told[] {
  return told.filter(({ what }) => what === 'reconfigure');
}

describe.each(STYLES)('a component with on_reconfigure on the %s SDK, style %s', (language, style) => {
  it('says so, takes a configuration between rows, and acknowledges it without another state', async () => {
    const { aegis, child, said, states, told, rows, reconfigured } = await running(language, style);
    expect(said('REGISTER')[0]?.payload.capabilities).toMatchObject({ reconfigurable: true });
    await rows(5);
    const before = states();
    expect((await reconfigured(aegis.configure(SECOND))).command).toBe('ACK');
    await rows(5);
    expect(reconfigurations(told())).toEqual([{ what: 'reconfigure', config: SECOND, before: FIRST }]);
    expect(told().filter(({ what }) => what === 'configure')).toHaveLength(1);
    expect(told().at(-1)?.config).toEqual(SECOND);
    expect(states()).toEqual(before);
    expect(aegis.connections).toHaveLength(1);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('refuses one with an exception, and goes on with the configuration that it had', async () => {
    const { aegis, child, states, told, rows, reconfigured } = await running(language, style);
    await rows(5);
    const before = states();
    const { command, payload } = await reconfigured(aegis.configure(TOO_MUCH));
    expect({ command, payload }).toEqual({
      command: 'RUNTIME_ERROR',
      payload: {
        code: 'CONFIGURE_FAILED',
        message: expect.stringMatching(/^(Value|Range)Error: size: at most 10$/),
        recoverable: true,
      },
    });
    await rows(5);
    expect(told().at(-1)?.config).toEqual(FIRST);
    expect(states()).toEqual(before);
    expect(aegis.connections).toHaveLength(1);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('never gets one while it handles rows', async () => {
    const { aegis, child, told, rows, reconfigured } = await running(language, style, ['--rest', '0.3']);
    const handling = rows(5);
    await until('rows are being handled', () => told().some(({ what }) => what === 'begin'));
    expect((await reconfigured(aegis.configure(SECOND))).command).toBe('ACK');
    await handling;
    const order = told().map(({ what }) => what);
    const begins = order.flatMap((what, index) => (what === 'begin' ? [index] : []));
    expect(begins.map((index) => order[index + 1])).toEqual(begins.map(() => 'rows'));
    expect(order.indexOf('reconfigure')).toBeGreaterThan(order.indexOf('rows'));
    expect(await aegis.shutdown(child)).toBe(0);
  });
});

describe.each(LANGUAGES)('the configuration of a component on the %s SDK after a reconnect', (language) => {
  it('is given to on_reconfigure when it is another one, and the component comes to RUNNING', async () => {
    const { aegis, child, states, told, rows } = await running(language, 'callback');
    aegis.config = SECOND;
    aegis.loseControl();
    await until('RUNNING again', () => states().filter((state) => state === 'RUNNING').length === 2);
    expect(reconfigurations(told())).toEqual([{ what: 'reconfigure', config: SECOND, before: FIRST }]);
    await rows(5);
    expect(aegis.connections).toHaveLength(1);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('is not given to it when it is the one in use', async () => {
    const { aegis, child, states, told } = await running(language, 'callback');
    aegis.loseControl();
    await until('RUNNING again', () => states().filter((state) => state === 'RUNNING').length === 2);
    expect(told().map(({ what }) => what)).toEqual(['configure']);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('may be refused: the component says so, and runs with the one that it has', async () => {
    const { aegis, child, said, states, told, rows } = await running(language, 'callback');
    aegis.config = TOO_MUCH;
    aegis.loseControl();
    await until('RUNNING again', () => states().filter((state) => state === 'RUNNING').length === 2);
    expect(said('RUNTIME_ERROR').map(({ payload }) => payload.code)).toEqual(['CONFIGURE_FAILED']);
    await rows(5);
    expect(told().at(-1)?.config).toEqual(FIRST);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('is the one that counts when the connection was lost over a change', async () => {
    const { aegis, child, states, told, said } = await running(language, 'callback');
    const lost = aegis.configure({ ...SECOND, seconds: 1 });
    await until('the change has begun', () => reconfigurations(told()).length === 1);
    aegis.loseControl();
    await until('RUNNING again', () => states().filter((state) => state === 'RUNNING').length === 2);
    expect(reconfigurations(told()).map(({ config }) => config)).toEqual([{ ...SECOND, seconds: 1 }, FIRST]);
    expect(said('ACK').map(({ correlation_id }) => correlation_id)).not.toContain(lost);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('is given to on_configure again when it has no on_reconfigure, which it has not promised either', async () => {
    const { aegis, child, said, states, told } = await running(language, 'deaf');
    expect(said('REGISTER')[0]?.payload.capabilities).toMatchObject({ reconfigurable: false });
    aegis.config = SECOND;
    aegis.loseControl();
    await until('RUNNING again', () => states().filter((state) => state === 'RUNNING').length === 2);
    expect(told().map(({ what, config }) => ({ what, config }))).toEqual([
      { what: 'configure', config: FIRST },
      { what: 'configure', config: SECOND },
    ]);
    expect(await aegis.shutdown(child)).toBe(0);
  });

  it('stays, and so does the connection, when Aegis sends empty lines', async () => {
    const { aegis, child, said } = await running(language, 'callback');
    aegis.emptyLines();
    const ping = aegis.ping();
    await until('PONG', () => said('PONG').some(({ correlation_id }) => correlation_id === ping));
    expect(said('REGISTER')).toHaveLength(1);
    expect(await aegis.shutdown(child)).toBe(0);
  });
});
