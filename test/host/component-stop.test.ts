import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exists, run, stage, until } from './stage.ts';

describe('stopping a component', () => {
  it('lets one that obeys SIGTERM end in good order', async () => {
    const { processes, shell, written } = stage();
    const registry = processes({ killAfterMs: 10_000 });
    const ended = run(registry, shell(`trap 'echo bye >bye; exit 7' TERM; echo on >on; while :; do sleep 0.01; done`));
    await written('on');
    await registry.stop('cmp-1');
    expect(await written('bye')).toBe('bye');
    expect(await ended).toMatchObject({ code: 7, signal: null });
  });

  it('kills one that ignores SIGTERM, and its children that do', async () => {
    const { processes, shell, written } = stage();
    const registry = processes({ killAfterMs: 200 });
    const script = `trap '' TERM; sh -c 'echo $$ >child; while :; do sleep 0.05; done' & wait; while :; do sleep 0.05; done`;
    const ended = run(registry, shell(script));
    const child = Number(await written('child'));
    const leader = await registry.pid('cmp-1');
    await registry.stop('cmp-1');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL' });
    await until(() => !exists(child) && !exists(Number(leader)));
  });

  it('takes along children that ignore SIGTERM where the component itself obeys', async () => {
    const { processes, shell, written } = stage();
    const registry = processes();
    const ended = run(registry, shell(`(trap '' TERM; sh -c 'echo $$ >child; exec sleep 300') & wait`));
    const child = Number(await written('child'));
    await registry.stop('cmp-1');
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
    await until(() => !exists(child));
  });

  it('is nothing to do for one that never ran or has ended', async () => {
    const { processes, shell } = stage();
    const registry = processes();
    await registry.stop('cmp-1');
    expect(await registry.ended('cmp-1', 0)).toBe(true);
    await run(registry, shell('exit 0'));
    await registry.stop('cmp-1');
    expect(await registry.pid('cmp-1')).toBeUndefined();
  });

  it('says whether a component ended by itself within a time', async () => {
    const { processes, shell, written, path } = stage();
    const registry = processes();
    void run(registry, shell('echo on >on; while ! test -e go; do sleep 0.01; done'));
    await written('on');
    expect(await registry.ended('cmp-1', 30)).toBe(false);
    void run(registry, shell('never: it is the same incarnation'));
    writeFileSync(path('go'), '');
    expect(await registry.ended('cmp-1', 10_000)).toBe(true);
  });
});
