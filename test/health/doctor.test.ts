import { spawn } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../src/client/cli/finding.ts';
import { homePaths } from '../../src/model/paths.ts';
import { aegisctl, json } from '../client/aegisctl.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';
import { spec } from '../support/session-run.ts';

const SLEEP = { program: '/bin/sleep', args: ['60'], cwd: '/' };

describe('aegisctl doctor', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    const session = await aegis.create(spec());
    await session.attach({ name: 'idle', launch: SLEEP }, { secrets: { API_KEY: 'x' } });
  });
  afterAll(() => aegis?.close());

  async function findings(): Promise<readonly Finding[]> {
    return json(await aegisctl({ home: aegis.home })('doctor', '--json')).findings as readonly Finding[];
  }

  it('looks at the machine, rights, servers, workers, sessions and processes, and finds them well', async () => {
    const found = await findings();
    const ours = found.filter(({ check }) => !['disk', 'clock', 'temporal', 'nats-server'].includes(check));
    expect(ours.filter(({ level }) => level !== 'ok')).toEqual([]);
    const checks = ['Node', 'folder', 'disk', 'clock', 'key', 'secrets', 'sockets', 'aegisd', 'NATS', 'control socket'];
    const more = ['Temporal', 'worker', 'sessions', 'processes'];
    expect(found.map(({ check }) => check)).toEqual(expect.arrayContaining([...checks, ...more]));
    expect(found.find(({ check }) => check === 'sessions')?.text).toBe('1 session, 1 component');
  }, 240_000);

  it('names keys, secrets and sockets that are open to others, and the command that closes them', async () => {
    const { hostKey, secrets } = homePaths(aegis.home);
    const { controlSocket } = aegis.client.endpoints;
    const [name = ''] = readdirSync(secrets);
    const opened = [
      [hostKey, 0o644],
      [`${secrets}/${name}`, 0o750],
      [controlSocket, 0o666],
    ] as const;
    for (const [path, mode] of opened) chmodSync(path, mode);
    const found = await findings();
    for (const [check, [path]] of [
      ['key', opened[0]],
      ['secrets', opened[1]],
      ['sockets', opened[2]],
    ] as const) {
      expect(found).toContainEqual({
        check,
        level: 'problem',
        text: `open to others: ${path}`,
        remedy: expect.stringMatching(/^chmod -R go-rwx \//),
      });
    }
    chmodSync(hostKey, 0o600);
    chmodSync(`${secrets}/${name}`, 0o700);
    chmodSync(controlSocket, 0o600);
    expect((await findings()).filter(({ check }) => ['key', 'secrets', 'sockets'].includes(check))).toMatchObject([
      { level: 'ok' },
      { level: 'ok' },
      { level: 'ok' },
    ]);
  }, 240_000);

  it.skipIf(process.platform !== 'linux')(
    'names a component that no session has, and how to end it',
    async () => {
      const { controlSocket } = aegis.client.endpoints;
      const env = { AEGIS_SOCKET: controlSocket, AEGIS_COMPONENT_ID: 'cmp-of-nobody' };
      const stray = spawn('/bin/sleep', ['120'], { env, stdio: 'ignore' });
      onTestFinished(() => void stray.kill('SIGKILL'));
      expect((await findings()).filter(({ check }) => check === 'processes')).toEqual([
        {
          check: 'processes',
          level: 'problem',
          text: `pid ${stray.pid} (/bin/sleep 120) belongs to the component cmp-of-nobody, which no session has`,
          remedy: `kill ${stray.pid}`,
        },
      ]);
    },
    120_000,
  );
});
