import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../host/stage.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { type Aegisctl, aegisctl, json, startAegisctl } from './aegisctl.ts';

const RANGE = ['--from', '2024-01-01', '--to', '2024-01-02'];

let aegis: TestAegis;
let run: Aegisctl;
let script: string;
beforeAll(async () => {
  aegis = await startTestAegis();
  run = aegisctl({ home: aegis.home });
  script = program(join(aegis.home, 'idle.sh'), '#!/bin/sh\necho "idle $*"\nexec sleep 60\n', 0o700);
});
afterAll(() => aegis?.close());

async function created(name: string): Promise<string> {
  expect((await run('session', 'create', name, ...RANGE)).code).toBe(0);
  return name;
}

async function gone(name: string): Promise<void> {
  expect(await run('session', 'delete', name)).toMatchObject({ code: 0, out: `deleted session ${name}\n` });
}

describe('aegisctl session', () => {
  it('goes through the life of a session, in lines for people', async () => {
    const create = await run('session', 'create', 'words', ...RANGE);
    expect(create.out).toContain('historical spot, 2024-01-01 00:00:00 to 2024-01-03 00:00:00 UTC');
    expect((await run('session', 'events', 'words')).out).toBe('no events yet\n');
    expect((await run('session', 'logs', 'words')).err).toBe('the session has no component\n');
    const attach = await run('session', 'attach', 'words', '--path', script, '--path', script, '--', '--json', 'x y');
    expect(attach.out).toMatch(
      /^attached idle \(cmp-\w+\)\nattached idle-2 \(cmp-\w+\)\nnext: aegisctl session start words\n$/,
    );
    expect((await run('session', 'logs', 'words', 'idle')).err).toMatch(/^idle has written nothing \(.*idle\.log\)\n$/);
    expect((await run('session', 'inspect', 'words')).out).toMatch(
      /^legal now {3}attach, detach, configure, start, shutdown$/m,
    );
    expect((await run('session', 'env', 'words', 'idle')).out).toMatch(/^export AEGIS_SESSION_TOKEN='.+'$/m);
    expect((await run('session', 'configure', 'words', 'idle', '{"n":1}')).code).toBe(0);
    expect((await run('session', 'detach', 'words', 'idle-2')).code).toBe(0);
    const [component] = (await aegis.client.session('words').state()).components;
    expect(component).toMatchObject({ config: { n: 1 }, launch: { args: ['--json', 'x y'], cwd: process.cwd() } });
    expect((await run('session', 'shutdown', 'words')).out).toBe('session words is SHUTDOWN\n');
    expect((await run('session', 'inspect', 'words')).out).toMatch(/^state {7}SHUTDOWN/m);
    expect((await run('session', 'events', 'words')).out).toMatch(/SHUTDOWN {6}shutdown$/m);
    expect(await run('session', 'tail', 'words')).toMatchObject({ code: 0 });
    await gone('words');
    await created('words');
    await gone('words');
  }, 240_000);

  it('answers every command with one JSON object where --json is given', async () => {
    const answer = async (...words: string[]) => {
      const ran = await run(...words, '--json');
      expect(ran.err).toBe('');
      return { code: ran.code, ...json(ran) };
    };
    expect(await answer('session', 'create', 'data', ...RANGE)).toMatchObject({ code: 0, session: { name: 'data' } });
    const config = '{"depth":5}';
    const words = ['session', 'attach', 'data', '--path', script, '--env', 'A=b=c', '--config', config, '--optional'];
    const attached = [{ name: 'idle', config: { depth: 5 }, required: false, launch: { env: { A: 'b=c' } } }];
    expect(await answer(...words)).toMatchObject({ code: 0, attached });
    expect(await answer('session', 'inspect', 'data')).toMatchObject({ legal: expect.arrayContaining(['start']) });
    expect(await answer('session', 'events', 'data')).toMatchObject({ events: [{ event: 'attach' }] });
    expect(await answer('session', 'logs', 'data')).toMatchObject({ logs: [{ component: 'idle', lines: [] }] });
    expect(await answer('session', 'env', 'data', 'idle')).toMatchObject({ env: { AEGIS_MODE: 'historical' } });
    expect(await answer('session', 'configure', 'data', 'idle', '{}')).toMatchObject({ code: 0, config: {} });
    expect(await answer('session', 'pause', 'data')).toMatchObject({ code: 4, error: { code: 'ILLEGAL_TRANSITION' } });
    expect(await answer('health')).toMatchObject({ code: 0, healthy: true });
    expect(await answer('status')).toMatchObject({ code: 0, endpoints: { host: expect.any(String) } });
    expect(await answer('doctor')).toMatchObject({ healthy: expect.any(Boolean) });
    expect(await answer('up')).toMatchObject({ code: 0, started: false });
    expect(await answer('data', 'list')).toMatchObject({ code: 0, topics: [] });
    expect(await answer('session', 'detach', 'data', 'idle')).toMatchObject({ code: 0, component: 'idle' });
    expect(await answer('session', 'shutdown', 'data')).toMatchObject({ session: { state: 'SHUTDOWN' } });
    expect(await answer('session', 'list', '--all')).toMatchObject({ code: 0, sessions: expect.any(Array) });
    expect(await answer('session', 'delete', 'data')).toMatchObject({ code: 0, deleted: 'data' });
  }, 240_000);

  it('refuses with the state and what is legal in it', async () => {
    const name = await created('refusals');
    for (const command of ['pause', 'resume', 'stop', 'restart']) {
      const { code, err } = await run('session', command, name);
      expect(code).toBe(4);
      expect(err).toContain(`error ILLEGAL_TRANSITION: ${command}: session "${name}" is REGISTERED; legal now: attach`);
    }
    expect(await run('session', 'start', name)).toMatchObject({
      code: 4,
      err: expect.stringContaining('attach one first'),
    });
    await gone(name);
  });

  it('tells apart what is missing, taken, malformed and not there', async () => {
    const name = await created('classes');
    expect((await run('session', 'create', name, ...RANGE)).code).toBe(8);
    expect((await run('session', 'inspect', 'nobody')).code).toBe(3);
    expect((await run('session', 'delete', 'nobody')).code).toBe(3);
    expect((await run('session', 'detach', name, 'nobody')).code).toBe(3);
    expect((await run('session', 'create', 'a.b', ...RANGE)).code).toBe(2);
    expect((await run('session', 'create', 'x', '--from', '2024-02-30', '--to', '2024-03-01')).code).toBe(2);
    expect((await run('session', 'create', 'x', '--from', '2024-03-02', '--to', '2024-03-01')).code).toBe(2);
    expect((await run('session', 'attach', name, '--path', script, '--env', 'novalue')).code).toBe(2);
    expect((await run('session', 'attach', name, '--path', script, '--config', '[1]')).code).toBe(2);
    expect((await run('session', 'configure', name, 'x', '{')).code).toBe(2);
    await gone(name);
  });

  it('attaches nothing when one of several programs cannot be attached, and says what would help', async () => {
    const name = await created('programs');
    const plain = program(join(aegis.home, 'plain.py'), 'print(1)\n', 0o600);
    const blank = program(join(aegis.home, 'blank.py'), 'print(1)\n', 0o700);
    const ran = await run('session', 'attach', name, '--path', script, '--path', plain);
    expect(ran).toMatchObject({ code: 3, err: expect.stringContaining(`or attach --path python3 -- ${plain}`) });
    expect((await run('session', 'attach', name, '--path', blank)).err).toContain('does not say what runs it');
    expect((await aegis.client.session(name).state()).components).toEqual([]);
    const attach = await run('session', 'attach', name, '--path', 'python3', '--', plain);
    expect(attach.out).toMatch(/^attached plain /);
    await gone(name);
  });

  it('refuses a start over days without data with their list, and forgets nothing', async () => {
    const name = await created('gaps');
    const counter = join(import.meta.dirname, '../../examples/python/counter.py');
    await run('session', 'attach', name, '--path', counter);
    const ran = await run('session', 'start', name, '--json');
    expect(ran.code).toBe(6);
    expect(json(ran).error).toMatchObject({ code: 'DATA_MISSING', details: { missing: expect.any(Array) } });
    await gone(name);
  });

  it('leaves the session running when a wait is interrupted, and says so', async () => {
    const name = await created('waits');
    await run('session', 'attach', name, '--path', script);
    const waiting = startAegisctl({ home: aegis.home }, 'session', 'start', name, '--wait');
    await expect.poll(() => waiting.so.err, { timeout: 240_000 }).toContain('INITIALIZING');
    waiting.process.kill('SIGINT');
    const { code, err } = await waiting.ended;
    expect(code).toBe(130);
    expect(err).toContain(`error INTERRUPTED: no longer waiting; session "${name}" goes on (INITIALIZING, run 1)`);
    expect((await aegis.client.session(name).state()).state).toBe('INITIALIZING');

    for (const words of [
      ['tail', name],
      ['logs', name, '--follow'],
    ]) {
      const following = startAegisctl({ home: aegis.home }, 'session', ...words);
      await expect.poll(() => following.so.out, { timeout: 240_000 }).toMatch(/start|idle/);
      following.process.kill('SIGINT');
      expect((await following.ended).code).toBe(130);
    }
    await gone(name);
  });
});

describe('aegisctl where no aegisd runs', () => {
  it.each([[['session', 'start', 'x']], [['session', 'list']], [['status']], [['health']]])(
    '%j ends with 5',
    async (words) => {
      mkdirSync(join(aegis.home, 'empty'), { recursive: true });
      const ran = await aegisctl({ home: join(aegis.home, 'empty') })(...words, '--json');
      expect(ran.code).toBe(5);
      expect(json(ran).error).toMatchObject({
        code: 'DEPENDENCY_DOWN',
        remedy: expect.stringContaining('aegisctl up'),
      });
    },
  );

  it('is down already', async () => {
    const ran = await aegisctl({ home: join(aegis.home, 'empty') })('down');
    expect(ran).toMatchObject({ code: 0, out: 'Aegis was not up\n' });
  });
});
