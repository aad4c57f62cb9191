import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { readEndpoints } from '../../src/servers/endpoints.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { firstDifference } from '../support/independent.ts';
import { expectedLines, received, runToEnd, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';
import { attachProgram, command, componentOf, LANGUAGES, logOf, numbered } from './stage.ts';

const TEN = { symbols: ['BTCUSDT'], streams: ['trades'] };
/** Longer than Aegis waits for a PONG. */
const BLOCK_SECONDS = 18;

describe.concurrent.each(LANGUAGES)('a component on the %s SDK', (language) => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: TEN.symbols, trades: 10 });
  });
  afterAll(() => aegis?.close());

  async function failing(hook: string): Promise<readonly [SessionHandle, Awaited<ReturnType<typeof attachProgram>>]> {
    const session = await aegis.create(spec());
    const args = ['--fail', hook];
    const component = await attachProgram(aegis, session, { language, ...TEN, args, restart: { policy: 'never' } });
    await session.start().catch(() => {});
    await until(`${hook} has failed`, async () => componentOf(await session.state(), component).lastExit);
    return [session, component];
  }

  it('whose hook fails reports the message, logs where it happened, and exits with 1', async () => {
    const [session, component] = await failing('rows');
    const { lastExit, lastError } = componentOf(await session.state(), component);
    expect(lastExit?.reason).toBe('exit code 1');
    expect(lastError).toMatchObject({ code: 'COMPONENT_FAILED', recoverable: false });
    expect(lastError?.message).toContain('rows has failed on purpose');
    const logged = logOf(aegis, session, component.name).find((line) => line.includes('"traceback"')) ?? '{}';
    expect(JSON.parse(logged)).toMatchObject({ level: 'error', component: component.name });
    expect(JSON.parse(logged).traceback).toContain(`collect.${language === 'python' ? 'py' : 'ts'}`);
  }, 240_000);

  it('whose on_configure fails answers CONFIGURE with the error', async () => {
    const [session, component] = await failing('configure');
    const { lastExit, lastError } = componentOf(await session.state(), component);
    expect(lastExit?.reason).toBe('exit code 1');
    expect(lastError).toMatchObject({ code: 'CONFIGURE_FAILED', recoverable: false });
  }, 240_000);

  it(`answers PING while a hook keeps its thread busy for ${BLOCK_SECONDS} s`, async () => {
    const session = await aegis.create(spec());
    const args = ['--block', String(BLOCK_SECONDS)];
    const component = await attachProgram(aegis, session, { language, ...TEN, args });
    const began = performance.now();
    const finished = await runToEnd(session);
    const expected = expectedLines(aegis, finished.id, TEN);
    const all = numbered(expected);
    expect(firstDifference(await received(component, all), all)).toBeUndefined();
    // What it has written, it has written after the hook.
    expect(performance.now() - began).toBeGreaterThan(BLOCK_SECONDS * 1000);
    expect(logOf(aegis, session, component.name).filter((line) => line.includes('connection lost'))).toEqual([]);
    expect(componentOf(finished, component)).toMatchObject({ state: 'RUNNING', incarnation: 1, restarts: 0 });
  }, 240_000);

  async function runByHand(env: Readonly<Record<string, string>>): Promise<{ code: number | null; errors: string }> {
    const { program, args, env: own } = command(language, ['--out', join(aegis.home, 'by-hand')]);
    const child = spawn(program, args, { env: { PATH: process.env.PATH, ...own, ...env } });
    const errors: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    const [code] = await once(child, 'close');
    return { code, errors: errors.join('') };
  }

  it('that is refused exits with 1 and the reason, and does not try again', async () => {
    const { code, errors } = await runByHand({ AEGIS_SOCKET: await controlSocket(), AEGIS_SESSION_TOKEN: 'wrong' });
    expect(code).toBe(1);
    expect(errors.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(errors)).toMatchObject({ level: 'error' });
    expect(errors).toContain('WRONG_SESSION_TOKEN');
  });

  it('that is started outside Aegis says so, without a stack trace, and exits with 1', async () => {
    const { code, errors } = await runByHand({});
    expect(code).toBe(1);
    expect(JSON.parse(errors).message).toContain('AEGIS_SOCKET is not set');
  });

  async function controlSocket(): Promise<string> {
    const endpoints = await readEndpoints(aegis.home);
    if (endpoints === undefined) throw new Error('aegisd is not up');
    return endpoints.controlSocket;
  }
});
