import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import { workflowId } from '../../src/model/activities.ts';
import { homePaths } from '../../src/model/paths.ts';
import { HostKey } from '../../src/servers/host-key.ts';
import { aegisctl, json } from '../client/aegisctl.ts';
import { program } from '../host/stage.ts';
import { processesOf, pythonComponent, startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { killNine, linesIn, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const SYMBOLS = ['BTCUSDT'];
/** Letters that appear nowhere by chance. */
const random = () => randomBytes(24).toString('hex');
const API_KEY = random();
const PASSPHRASE = random();
const PLAIN = random();

describe('the secrets of a component', () => {
  let aegis: TestAegis;
  /** Outside the home: what the component has seen must not be found there. */
  let outside: string;
  let session: SessionHandle;
  beforeAll(async () => {
    outside = await mkdtemp(join(tmpdir(), 'aegis-outside-'));
    aegis = await startTestAegis({ servers: 'own' });
    await sample(aegis, { symbols: SYMBOLS, trades: 20_000 });
    session = await aegis.create(spec());
  });
  afterAll(async () => {
    await aegis?.close();
    await rm(outside, { recursive: true, force: true });
  });

  const seen = () => linesIn(join(outside, 'seen'));
  const told = (times: number) => until(`the component was started ${times} times`, () => seen().length >= times);

  async function attachKeeper(): Promise<void> {
    const { args } = pythonComponent('waits', '', []);
    const lines = ['#!/bin/sh', `echo "$API_KEY $PASSPHRASE $PLAIN" >>${outside}/seen`, `exec python3 ${args[1]} "$@"`];
    const path = program(join(outside, 'keeper'), `${lines.join('\n')}\n`, 0o700);
    writeFileSync(join(outside, 'passphrase'), `${PASSPHRASE}\n`);
    writeFileSync(join(outside, 'stall'), '');
    const run = aegisctl({ home: aegis.home, env: { API_KEY } });
    const attached = await run(
      ...['session', 'attach', session.name, '--path', path, '--env', `PLAIN=${PLAIN}`],
      ...['--secret', 'API_KEY', '--secret-file', `PASSPHRASE=${outside}/passphrase`, '--', '--reconnect', '1'],
      ...['--out', join(aegis.home, 'rows'), '--stall', join(outside, 'stall')],
      ...topicsArgs({ symbols: SYMBOLS, streams: ['trades'] }),
    );
    expect(attached.code, attached.err).toBe(0);
  }

  it('reach its environment at the launch, after a kill -9 of it, and of aegisd', async () => {
    await attachKeeper();
    await session.start();
    await session.waitFor(['RUNNING']);
    killNine(aegis, 'waits.py');
    await told(2);
    await until('it runs again', async () => (await session.state()).components[0]?.state === 'RUNNING');

    killNine(aegis, ' aegisd');
    killNine(aegis, 'waits.py');
    await aegis.restart();
    session = aegis.client.session(session.name);
    await told(3);
    await until('it runs again', async () => (await session.state()).components[0]?.state === 'RUNNING');
    expect(seen()).toEqual([1, 2, 3].map(() => `${API_KEY} ${PASSPHRASE} ${PLAIN}`));
  }, 240_000);

  it('and the token of the session are nowhere else: no file, no command line, no history, no output', async () => {
    const { id } = await session.state();
    const token = HostKey.load(homePaths(aegis.home).hostKey).tokenFor({ session: session.name, sessionId: id });
    const signature = token.split('~')[2] ?? '';
    expect(signature.length).toBeGreaterThan(40);
    const run = aegisctl({ home: aegis.home });
    const inspect = await run('session', 'inspect', session.name, '--json');
    expect(json(inspect)).toMatchObject({
      session: { components: [{ launch: { secrets: ['API_KEY', 'PASSPHRASE'], env: { PLAIN } } }] },
    });
    const lines = await run('session', 'inspect', session.name);
    expect(lines.out).toContain('secrets of keeper: API_KEY, PASSPHRASE');
    const places = {
      'inspect --json': inspect.out,
      inspect: lines.out,
      events: (await run('session', 'events', session.name, '--json')).out,
      'command lines': processesOf(aegis.home).join('\n'),
      history: await historyText(aegis, session.name),
      ...filesBelow(aegis.home),
    };
    const holds = (text: string) =>
      Object.entries(places).flatMap(([place, all]) => (all.includes(text) ? [place] : []));
    // A plain variable is where the search looks: it does find what is there.
    expect(holds(PLAIN)).toEqual(expect.arrayContaining(['inspect --json', 'history']));
    expect(holds(PLAIN).some((place) => place.startsWith('temporal.db'))).toBe(true);
    expect(holds('aegisd')).toContain('command lines');
    for (const value of [API_KEY, PASSPHRASE, signature]) {
      expect(holds(value)).toEqual([]);
      expect(holds(Buffer.from(value).toString('base64').slice(0, 40))).toEqual([]);
    }
  }, 240_000);

  it('that are damaged or missing keep it from being started, and it says what to do', async () => {
    await session.stop();
    const { id, components } = await session.state();
    const file = join(homePaths(aegis.home).secrets, session.name, id, `${components[0]?.id}.sealed`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, readFileSync(file).subarray(0, 50));
    killNine(aegis, 'waits.py');
    const reason = await until('the component cannot be started', async () => {
      const exit = (await session.state()).components[0]?.lastExit;
      return exit?.unstartable === true && exit.reason;
    });
    expect(reason).toContain('cannot be started: the secrets API_KEY, PASSPHRASE cannot be read');
    expect(reason).toContain('attach it again with its secrets');
    expect(seen()).toHaveLength(3);
  }, 240_000);

  it('go with the component, when its attach is refused, and with the session', async () => {
    const { id } = await session.state();
    const folder = join(homePaths(aegis.home).secrets, session.name, id);
    expect(readdirSync(folder)).toHaveLength(1);
    await session.detach('keeper');
    expect(readdirSync(folder)).toEqual([]);

    const launch = { program: '/bin/true', cwd: '/' };
    const secrets = { API_KEY };
    const { id: componentId } = await session.attach({ name: 'one', launch }, { secrets });
    await expect(session.attach({ name: 'one', launch }, { secrets })).rejects.toMatchObject({ code: 'INVALID_SPEC' });
    expect(readdirSync(folder)).toEqual([`${componentId}.sealed`]);
    await session.shutdown();
    await session.ended();
    expect(existsSync(folder)).toBe(false);
  }, 240_000);

  it('are refused where they could not be given: by hand, beside a plain variable, under a name of Aegis', async () => {
    const other = await aegis.create(spec());
    const launch = { program: '/bin/true', cwd: '/', env: { PLAIN: 'x' } };
    const attempt = (input: Parameters<SessionHandle['attach']>[0], secrets: Record<string, string>) =>
      expect(other.attach(input, { secrets })).rejects;
    await attempt({ name: 'by-hand' }, { API_KEY }).toThrow('is not launched by Aegis');
    await attempt({ name: 'two', launch }, { PLAIN: API_KEY }).toThrow('as a secret and as a plain variable');
    await attempt({ name: 'two', launch }, { AEGIS_SESSION_TOKEN: API_KEY }).toThrow('are set by Aegis');
    expect(existsSync(join(homePaths(aegis.home).secrets, other.name))).toBe(false);
  });

  it('are missed where a plain variable looks like one', async () => {
    const other = await aegis.create(spec());
    const words = ['session', 'attach', other.name, '--path', '/bin/true', '--env', 'MY_TOKEN=x', '--env', 'DEPTH=5'];
    const { code, err } = await aegisctl({ home: aegis.home })(...words);
    expect(code).toBe(0);
    expect(err).toContain('warning: --env MY_TOKEN looks like a secret');
    expect(err).toContain('--secret MY_TOKEN instead');
    expect(err).not.toContain('DEPTH');
  });
});

/** Texts of all files by their path, but not the store and what we were given from outside. */
function filesBelow(home: string): Record<string, string> {
  const files = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1))
    .filter((path) => !/^(secrets|data)\//.test(path));
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(home, path)).toString('latin1')]));
}

/** Everything that the history holds, payloads as the text they are. */
async function historyText({ client }: TestAegis, name: string): Promise<string> {
  return textsIn(await client.temporal.workflow.getHandle(workflowId(name)).fetchHistory()).join('\n');
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
