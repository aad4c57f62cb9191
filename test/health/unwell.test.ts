import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionHandle } from '../../src/client/index.ts';
import type { ComponentHealth } from '../../src/model/health.ts';
import { type Aegisctl, aegisctl, json, type Ran } from '../client/aegisctl.ts';
import { program } from '../host/stage.ts';
import { processesOf, pythonComponent, startTestAegis, type TestAegis, topicsArgs } from '../support/aegis.ts';
import { sample, spec } from '../support/session-run.ts';
import { until } from '../support/until.ts';

const SYMBOLS = ['BTCUSDT'];
const LIMITS = ['--max-rss', '150', '--max-cpu', '5'];
/** Somewhat more than half a core: others want to work as well. */
const BURN = 'import time\nwhile 1:\n t = time.time() + 0.06\n while time.time() < t: pass\n time.sleep(0.04)';
const HOARD = 'import time; hoard = b"x" * 200_000_000; time.sleep(600)';

describe('aegisctl health', () => {
  let aegis: TestAegis;
  let run: Aegisctl;
  let session: SessionHandle;
  let stall: string;
  beforeAll(async () => {
    aegis = await startTestAegis();
    run = aegisctl({ home: aegis.home });
    stall = join(aegis.home, 'stall');
    await sample(aegis, { symbols: SYMBOLS, trades: 20_000 });
    session = await aegis.create(spec());
  });
  afterAll(() => aegis?.close());

  /** A component whose process group also runs `beside`. */
  async function attach(name: string, beside: string, args: readonly string[] = []): Promise<void> {
    const python = pythonComponent('waits', join(aegis.home, `${name}.rows`), [
      ...topicsArgs({ symbols: SYMBOLS, streams: ['trades'] }),
      ...['--name', name, '--reconnect', '1', '--tell-received', ...args],
    ]);
    const text = `#!/bin/sh\n${beside}\nexec ${python.program} "$@"\n`;
    const wrapper = program(join(aegis.home, name), text, 0o700);
    await session.attach({ name, launch: { ...python, program: wrapper } });
  }

  const health = (...words: string[]) => run('health', session.name, ...words);
  const componentsOf = (ran: Ran) => json(ran).components as readonly ComponentHealth[];
  const problemsOf = (ran: Ran, name: string): string[] =>
    componentsOf(ran)
      .find(({ component }) => component === name)
      ?.problems.map(({ what }) => what) ?? [];

  it('has the figures of every component, and all is well without limits', async () => {
    await attach('burner', `python3 -c '${BURN}' &`);
    await attach('hoarder', `python3 -c '${HOARD}' &`);
    await attach('sleeper', '', ['--stall', stall]);
    await attach('frozen', '');
    writeFileSync(stall, '');
    await session.start();
    await session.waitFor(['RUNNING']);
    const ran = await until('everything is measured', async () => {
      const answer = await health('--json');
      return componentsOf(answer).every(({ process, flow }) => process?.cpu !== undefined && flow) && answer;
    });
    for (const component of componentsOf(ran)) {
      expect(component).toMatchObject({ state: 'RUNNING', connected: true, restarts: 0, flow: { connections: 1 } });
      expect(component.heartbeatMs).toBeLessThan(10_000);
      expect(component.process?.rssBytes).toBeGreaterThan(1e6);
    }
  }, 240_000);

  it('names who burns, hoards, holds the clock, and is stopped, with what to do', async () => {
    process.kill(pidOf(aegis, '--name frozen'), 'SIGSTOP');
    const ran = await until(
      'all four are named',
      async () => {
        const answer = await health('--json', ...LIMITS);
        const names = (name: string, what: string) => problemsOf(answer, name).includes(what);
        return (
          names('burner', 'cpu') &&
          names('hoarder', 'memory') &&
          names('sleeper', 'holds-clock') &&
          names('frozen', 'stopped') &&
          (names('frozen', 'silent') || names('frozen', 'not-connected')) &&
          answer
        );
      },
      120_000,
    );
    expect(ran.code).toBe(10);
    expect(problemsOf(ran, 'sleeper')).not.toContain('silent');
    const flowOf = (name: string) => componentsOf(ran).find(({ component }) => component === name)?.flow;
    expect(flowOf('sleeper')?.lagRows).toBeGreaterThan(0);
    expect(flowOf('sleeper')?.lagMs).toBeGreaterThan(0);
    expect(flowOf('hoarder')).toMatchObject({ lagRows: 0, lagMs: 0, holdsClock: false });

    const lines = await run('health', ...LIMITS);
    expect(lines.code).toBe(10);
    expect(lines.out).toMatch(/^1 session, 4 components: NOT WELL$/m);
    expect(lines.out).toMatch(/sleeper takes no rows and holds the clock: [\d,]+ rows behind/);
    expect(lines.out).toMatch(/frozen its process is stopped by a signal.*\n {2}next: `kill -CONT -- -\d+`/);
    expect((await run('session', 'inspect', session.name)).out).toContain('sleeper takes no rows and holds the clock');
    const doctor = await run('doctor');
    expect(doctor.out).toMatch(/PROBLEM {2}component .*\/sleeper: takes no rows/);
  }, 240_000);

  it('tells all is well again once they go on', async () => {
    process.kill(pidOf(aegis, '--name frozen'), 'SIGCONT');
    rmSync(stall);
    await session.waitFor(['FINISHED'], { timeoutMs: 60_000 });
    const { code, out } = await until('all is well', async () => {
      const ran = await health();
      return ran.code === 0 && ran;
    });
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('4 components: all well') });
  }, 240_000);

  it('never tells the session: its history has no figures', async () => {
    const text = JSON.stringify(await session.state()) + JSON.stringify(await session.events());
    for (const word of ['rssBytes', 'heartbeatMs', 'lagMs', 'lastMessageAt']) expect(text).not.toContain(word);
  });

  it('refuses limits that are none, and sessions that are not there', async () => {
    expect((await run('health', '--max-cpu', '0')).code).toBe(2);
    expect((await run('health', '--heartbeat', 'soon')).code).toBe(2);
    expect((await run('health', 'nobody')).code).toBe(3);
  });
});

/** Of the one process of this home that is no shell and has this in its command line. */
function pidOf({ home }: TestAegis, commandLine: string): number {
  const found = processesOf(home).filter((line) => line.includes(commandLine) && !/^\d+ \S*sh /.test(line));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${commandLine}: ${found.length} processes`);
  return Number.parseInt(only, 10);
}
