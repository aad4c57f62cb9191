import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aborted } from '../../src/host/aborted.ts';
import { NEVER_LAUNCHED } from '../../src/model/session.ts';
import { run, stage } from './stage.ts';

describe('a component that is started after something', () => {
  it('is not there before', async () => {
    const { processes, shell, written, path } = stage();
    const registry = processes();
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended = run(registry, shell('echo on >on', { ready: () => promise }));
    await turn();
    expect(await registry.pid('cmp-1')).toBeUndefined();
    expect(existsSync(path('on'))).toBe(false);
    resolve();
    expect(await written('on')).toBe('on');
    expect(await ended).toMatchObject({ code: 0 });
  });

  it('is asked for once: what runs is found without waiting', async () => {
    const { processes, shell, written } = stage();
    const first = processes();
    const script = 'echo on >on; exec sleep 60';
    void run(first, shell(script));
    await written('on');
    const next = processes();
    const found = run(next, shell(script, { ready: () => Promise.reject(new Error('asked')) }));
    await next.stop('cmp-1');
    expect(await found).toMatchObject({ signal: 'SIGTERM' });
  });

  it('is never started when it is stopped meanwhile, and has not ended by itself', async () => {
    const { processes, shell, path } = stage();
    const registry = processes();
    const ended = run(registry, shell('echo on >on', { ready: aborted }));
    await turn();
    expect(await registry.ended('cmp-1', 60_000)).toBe(false);
    await registry.stop('cmp-1');
    expect(await ended).toEqual(NEVER_LAUNCHED);
    expect(existsSync(path('on'))).toBe(false);
    expect(await registry.ended('cmp-1', 0)).toBe(true);
  });

  it('is given up when nobody waits any more; the next one who asks starts it', async () => {
    const { processes, shell, written } = stage();
    const registry = processes();
    const lease = new AbortController();
    const given = registry.run(shell('echo on >on', { ready: aborted }), lease.signal);
    await turn();
    lease.abort(new Error('lapsed'));
    await expect(given).rejects.toThrow('lapsed');
    const ended = run(registry, shell('echo on >on', { ready: async () => {} }));
    expect(await written('on')).toBe('on');
    expect(await ended).toMatchObject({ code: 0 });
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
