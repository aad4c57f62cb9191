import { mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AegisError } from '../../src/model/errors.ts';
import { exists, program, run, stage, until } from './stage.ts';

describe('a launched component', () => {
  it('runs in its own process group, in its working directory, with the injected environment over its own', async () => {
    const { processes, shell, dir, written } = stage();
    const registry = processes();
    const script = `ps -o pgid= -p $$ >group; pwd >cwd; echo "$AEGIS_COMPONENT_ID $MINE $HOME" >env; exec sleep 60`;
    const wanted = shell(script);
    const launch = { ...wanted.launch, env: { MINE: 'own', AEGIS_COMPONENT_ID: 'must not win' } };
    const ended = run(registry, { ...wanted, launch });

    expect(await written('env')).toBe(`cmp-1 own ${process.env.HOME}`);
    expect(await written('cwd')).toBe(realpathSync(dir));
    expect(Number(await written('group'))).toBe(await registry.pid('cmp-1'));
    await registry.stop('cmp-1');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM', reason: 'killed by SIGTERM' });
  });

  it('does not inherit the credentials of aegisd, but may be given its own', async () => {
    vi.stubEnv('TEMPORAL_API_KEY', 'of aegisd');
    vi.stubEnv('AEGIS_BINANCE_API_KEY', 'of aegisd');
    vi.stubEnv('NATS_URL', 'nats://user:password@host');
    vi.stubEnv('OTHER', 'inherited');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { processes, shell, written } = stage();
    const wanted = shell('echo "$TEMPORAL_API_KEY$AEGIS_BINANCE_API_KEY|$NATS_URL|$OTHER" >env');
    await run(processes(), { ...wanted, launch: { ...wanted.launch, env: { NATS_URL: 'own' } } });
    expect(await written('env')).toBe('|own|inherited');
  });

  it('is given its secrets when it is started, and is not started without them', async () => {
    const { processes, shell, written } = stage();
    const registry = processes();
    const script = shell('echo "$API_KEY" >env');
    await run(registry, { ...script, secrets: () => Promise.resolve({ API_KEY: 'value' }) });
    expect(await written('env')).toBe('value');
    const lost = new AegisError('SECRET_UNREADABLE', 'the secret API_KEY cannot be read', { remedy: 'Do this.' });
    const exit = await run(registry, { ...script, incarnation: 2, secrets: () => Promise.reject(lost) });
    expect(exit).toMatchObject({
      unstartable: true,
      reason: 'cannot be started: the secret API_KEY cannot be read. Do this.',
    });
  });

  it('gets its arguments as they are', async () => {
    const { processes, shell, written } = stage();
    const args = ['-c', 'printf "%s|" "$@" >args', 'sh', 'a b', '', '$HOME', '--json', "it's"];
    const wanted = shell('');
    await run(processes(), { ...wanted, launch: { ...wanted.launch, args } });
    expect(await written('args')).toBe("a b||$HOME|--json|it's|");
  });

  it('appends standard output and error to one log that only its owner may read', async () => {
    const { processes, shell, log } = stage();
    const registry = processes();
    await run(registry, shell('echo out; echo err >&2'));
    await run(registry, shell('echo again', { incarnation: 2 }));
    expect(readFileSync(log, 'utf8')).toBe('out\nerr\nagain\n');
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });

  it('has its log rotated while it writes', async () => {
    const { processes, shell, log } = stage();
    const registry = processes({ rotation: { maxBytes: 2_000, keep: 2 }, rotateEveryMs: 5 });
    const script = 'while :; do echo "a line of the log"; sleep 0.001; done';
    void run(registry, shell(script));
    await until(() => statSync(`${log}.2`, { throwIfNoEntry: false }));
    expect(statSync(`${log}.1`).mode & 0o777).toBe(0o600);
    const { size } = statSync(log);
    await until(() => statSync(log).size !== size);
    expect(statSync(`${log}.3`, { throwIfNoEntry: false })).toBeUndefined();
  });

  it.each([
    ['exit 0', { code: 0, signal: null, reason: 'exit code 0', unstartable: false }],
    ['exit 3', { code: 3, signal: null, reason: 'exit code 3', unstartable: false }],
    ['exit 255', { code: 255, signal: null, reason: 'exit code 255', unstartable: false }],
    ['kill -SEGV $$', { code: null, signal: 'SIGSEGV', reason: 'killed by SIGSEGV', unstartable: false }],
    ['kill -KILL $$', { code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL', unstartable: false }],
  ])('tells how it ended: %s', async (script, exit) => {
    const { processes, shell } = stage();
    expect(await run(processes(), shell(script))).toEqual(exit);
  });

  it('takes along what it has started when it ends', async () => {
    const { processes, shell, written } = stage();
    expect(await run(processes(), shell('sleep 300 & echo $! >child; exit 4'))).toMatchObject({ code: 4 });
    const child = Number(await written('child'));
    await until(() => !exists(child));
  });
});

describe('a program that cannot be started', () => {
  it.each([
    ['is absent', (dir: string) => `${dir}/absent`, /absent does not exist/],
    [
      'is a folder',
      (dir: string) => mkdirSync(`${dir}/folder`, { recursive: true }) ?? `${dir}/folder`,
      /is not a file/,
    ],
    ['is not executable', (dir: string) => program(`${dir}/plain`, 'x', 0o600), /not executable; chmod \+x/],
    [
      'has no interpreter',
      (dir: string) => program(`${dir}/odd`, '#!/no/such/interpreter\n', 0o700),
      /exit code 12[67]/,
    ],
    [
      'is not found by env',
      (dir: string) => program(`${dir}/env`, '#!/usr/bin/env no-such-one\n', 0o700),
      /exit code 127/,
    ],
  ])('%s: that is said, and a restart would not help', async (_what, make, reason) => {
    const { processes, shell, dir } = stage();
    const wanted = shell('');
    const launch = { ...wanted.launch, program: make(dir), args: [] };
    const exit = await run(processes(), { ...wanted, launch });
    expect(exit.unstartable).toBe(true);
    expect(exit.reason).toMatch(/^cannot be started: /);
    expect(exit.reason).toMatch(reason);
  });

  it('has a working directory that is gone', async () => {
    const { processes, shell, dir } = stage();
    const wanted = shell('true');
    const exit = await run(processes(), { ...wanted, launch: { ...wanted.launch, cwd: `${dir}/gone` } });
    expect(exit).toMatchObject({ unstartable: true, reason: expect.stringContaining('gone does not exist') });
  });
});
