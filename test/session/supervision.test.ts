import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf, startTestAegis, type TestAegis } from '../support/aegis.ts';
import { attach, runToEnd, sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const TEN = { symbols: ['BTCUSDT'], streams: ['trades'] };

describe('supervision', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
    await sample(aegis, { symbols: TEN.symbols, trades: 10 });
  });
  afterAll(() => aegis?.close());

  function shell(script: string) {
    return { program: '/bin/sh', args: ['-c', script], cwd: tmpdir() };
  }

  it('tells of a crash loop while it lasts, and the session goes on without the component', async () => {
    const session = await aegis.create(spec());
    await attach(aegis, session, { style: 'waits', ...TEN });
    const restart = { policy: 'on-failure', limit: 4, backoffMs: 10 } as const;
    await session.attach({ name: 'broken', required: false, restart, launch: shell('exit 7') });
    const { components } = await runToEnd(session);
    expect(components.find(({ name }) => name === 'broken')).toMatchObject({ state: 'ERROR', restarts: 4 });
    const told = (await session.events()).filter(({ event }) => event === 'crashLoop');
    expect(told.map(({ component }) => component)).toEqual(['broken', 'broken']);
    expect(told[0]?.text).toMatch(/^3 failures within \d+ s, the last: exit code 7; restart 3 of 4 in 0\.04 s$/);
  }, 240_000);

  it('stops components in their order, each after those before it are gone, and gives each its time', async () => {
    const session = await aegis.create(spec());
    const file = join(aegis.home, 'stopped');
    const stops = (name: string, order: number) =>
      session.attach({
        name,
        stop: { order, timeoutMs: 100 },
        launch: shell(`trap 'echo ${name} ends >> ${file}; sleep 0.2; echo ${name} is gone >> ${file}; exit' TERM
          echo ${name} is up >> ${file}; while :; do sleep 0.02; done`),
      });
    await stops('last', 2);
    await stops('first', -1);
    await stops('middle', 0);
    await session.start();
    await until('all are up', () => ['first', 'middle', 'last'].every((name) => lines(file).includes(`${name} is up`)));
    await session.shutdown();
    await session.ended();
    expect(lines(file).slice(3)).toEqual(
      ['first', 'middle', 'last'].flatMap((name) => [`${name} ends`, `${name} is gone`]),
    );
    expect(processesOf(aegis.home).filter((line) => line.includes(file))).toEqual([]);
  }, 240_000);

  it('ends at once although a component waits for its next start', async () => {
    const session = await aegis.create(spec());
    const restart = { policy: 'always', limit: 1_000, backoffMs: 600_000, maxBackoffMs: 600_000 } as const;
    await session.attach({ name: 'later', restart, launch: shell('exit 1') });
    await session.start();
    await until('it has failed', async () => (await session.state()).components[0]?.restarts === 1);
    await session.shutdown();
    expect((await session.ended({ timeoutMs: 15_000 })).state).toBe('SHUTDOWN');
  }, 240_000);
});

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
