import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { spawnShim } from '../../src/host/component-shim.ts';
import { exists, run, type Stage, stage, until } from './stage.ts';

const WAITING = 'echo x >>launches; echo on >on; while ! test -e go; do sleep 0.01; done; exit 5';

/** What an aegisd leaves behind that was killed right after it had started the shim: the intent, and no pid. */
function killedAfterSpawn({ shell, path, log }: Stage, script: string, spawned: boolean): number | undefined {
  const { launch } = shell(script);
  const base = path('records/cmp-1.1');
  writeFileSync(path('records/cmp-1.json'), JSON.stringify({ incarnation: 1, logPath: log }));
  return spawned ? spawnShim({ launch, env: process.env, logPath: path('early.log'), base }).pid : undefined;
}

describe('an aegisd that comes back', () => {
  it('adopts the process of a component and learns how it ends', async () => {
    const { processes, shell, written, path } = stage();
    const abandoned = new AbortController();
    const first = processes();
    const waiting = first.run(shell(WAITING), abandoned.signal);
    await written('on');
    abandoned.abort();
    await expect(waiting).rejects.toThrow();

    const second = processes();
    const ended = run(second, shell('echo y >>launches'));
    await until(() => second.pid('cmp-1'));
    expect(await second.pid('cmp-1')).toBe(await first.pid('cmp-1'));
    writeFileSync(path('go'), '');
    expect(await ended).toMatchObject({ code: 5 });
    expect(await written('launches')).toBe('x');
  });

  it('reads the exit code of a process that ended while it was away', async () => {
    const { processes, shell, written } = stage();
    await run(processes(), shell('echo x >>launches; exit 9'));
    expect(await run(processes(), shell('echo y >>launches'))).toMatchObject({ code: 9, reason: 'exit code 9' });
    expect(await written('launches')).toBe('x');
  });

  it('stops what it has not started', async () => {
    const { processes, shell, written } = stage();
    const first = processes();
    const ended = run(first, shell(`trap '' TERM; ${WAITING}`));
    await written('on');
    await processes({ killAfterMs: 100 }).stop('cmp-1');
    expect(await ended).toMatchObject({ signal: 'SIGKILL' });
  });

  it('takes a process with the same pid that is another one for ended', async () => {
    const { processes, shell, path, log } = stage();
    processes();
    const someone = { pid: process.pid, identity: 'of an earlier process' };
    writeFileSync(path('records/cmp-1.json'), JSON.stringify({ incarnation: 1, logPath: log, process: someone }));
    expect(await run(processes(), shell('exit 0'))).toMatchObject({ reason: 'killed by SIGKILL' });
  });
});

describe('an aegisd that was killed in the middle of a launch', () => {
  it('finds the process that runs already', async () => {
    const setting = stage();
    const registry = setting.processes();
    const pid = killedAfterSpawn(setting, WAITING, true);
    await setting.written('on');
    const ended = run(registry, setting.shell('echo y >>launches'));
    expect(await until(() => registry.pid('cmp-1'))).toBe(pid);
    writeFileSync(setting.path('go'), '');
    expect(await ended).toMatchObject({ code: 5 });
    expect(await setting.written('launches')).toBe('x');
  });

  it('launches what was not launched', async () => {
    const setting = stage();
    const registry = setting.processes();
    killedAfterSpawn(setting, WAITING, false);
    expect(await run(registry, setting.shell('echo y >>launches; exit 6'))).toMatchObject({ code: 6 });
    expect(await setting.written('launches')).toBe('y');
  });

  it('launches once, also where both shims race for it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const setting = stage();
      const registry = setting.processes();
      killedAfterSpawn(setting, 'echo x >>launches; exit 6', true);
      expect(await run(registry, setting.shell('echo x >>launches; exit 6'))).toMatchObject({ code: 6 });
      expect(readFileSync(setting.path('launches'), 'utf8')).toBe('x\n');
    }
  });

  it('keeps a launch that it gives up from taking place later', async () => {
    const setting = stage();
    const registry = setting.processes();
    killedAfterSpawn(setting, WAITING, false);
    await registry.stop('cmp-1');
    const pid = killedAfterSpawn(setting, WAITING, true);
    await until(() => !exists(Number(pid)));
    expect(readdirSync(setting.dir)).not.toContain('launches');
    expect(await run(registry, setting.shell('exit 0'))).toMatchObject({ signal: 'SIGKILL' });
  });

  it('takes a claim from before a restart of the machine for an ended process', async () => {
    const setting = stage();
    const registry = setting.processes();
    killedAfterSpawn(setting, WAITING, false);
    writeFileSync(setting.path('records/cmp-1.1.pid'), String(process.pid));
    expect(await run(registry, setting.shell('exit 0'))).toMatchObject({ signal: 'SIGKILL' });
  });
});

describe('an incarnation', () => {
  it('is launched once however often it is asked for at once', async () => {
    const { processes, shell, written } = stage();
    const registry = processes();
    const exits = await Promise.all(Array.from({ length: 8 }, () => run(registry, shell('echo x >>launches; exit 2'))));
    expect(exits.map((exit) => exit.code)).toEqual(Array(8).fill(2));
    expect(await written('launches')).toBe('x');
  });

  it('ends the one before it', async () => {
    const { processes, shell, written } = stage();
    const registry = processes();
    const first = run(registry, shell(WAITING));
    await written('on');
    expect(await run(registry, shell('exit 0', { incarnation: 2 }))).toMatchObject({ code: 0 });
    expect(await first).toMatchObject({ signal: 'SIGTERM' });
  });

  it('is launched again by the next aegisd after one that ended in good order', async () => {
    const { processes, shell, written, path } = stage();
    const first = processes();
    const abandoned = new AbortController();
    const waiting = first.run(shell(WAITING), abandoned.signal);
    await written('on');
    abandoned.abort();
    await expect(waiting).rejects.toThrow();
    await first.endAll();
    rmSync(path('on'));
    const second = run(processes(), shell(WAITING));
    await written('on');
    writeFileSync(path('go'), '');
    expect(await second).toMatchObject({ code: 5 });
    expect(readFileSync(path('launches'), 'utf8')).toBe('x\nx\n');
  });
});
