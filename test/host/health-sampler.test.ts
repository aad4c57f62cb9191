import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HealthSampler, type HealthSamplerOptions } from '../../src/host/health-sampler.ts';
import { type ProcessUsage, ProcTable, PsTable, parseProcStat, parsePs } from '../../src/host/process-table.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';

/** A shell that leads its own process group, as the shim of a component does. */
function group(script: string): number {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error('no process');
  onTestFinished(() => {
    process.kill(-pid, 'SIGKILL');
  });
  return pid;
}

function sampler(options: Partial<HealthSamplerOptions>): HealthSampler {
  const path = `${tempDir()}/health.json`;
  return new HealthSampler({ path, host: 'h', processes: () => [], connections: () => [], log: () => {}, ...options });
}

const usage = (changes: Partial<ProcessUsage>): ProcessUsage => {
  return { pid: 7, group: 7, rssBytes: 1_000, cpuMs: 0, stopped: false, ...changes };
};

describe.each([
  ['/proc', () => new ProcTable(), process.platform === 'linux'],
  ['ps', () => new PsTable(), true],
])('the table of processes from %s', (_name, make, here) => {
  it.skipIf(!here)('finds every process of a group with memory and time, and no other', async () => {
    const pid = group('sleep 60 & exec sleep 60');
    const table = make();
    const found = await until('both are there', async () => {
      const usages = await table.of(new Set([pid]));
      return usages.length === 2 && usages;
    });
    expect(found.every((each) => each.group === pid && each.rssBytes > 100_000)).toBe(true);
    expect(await table.of(new Set([1_999_999]))).toEqual([]);
  });

  it.skipIf(!here)('sees a stopped process, and the time of a busy one', async () => {
    const [still, busy] = [group('exec sleep 60'), group('while :; do :; done')];
    process.kill(still, 'SIGSTOP');
    const table = make();
    const both = new Set([still, busy]);
    const seen = await until('the busy one has used a second, the other is stopped', async () => {
      const usages = await table.of(both);
      const time = usages.find(({ pid }) => pid === busy)?.cpuMs ?? 0;
      return time >= 1_000 && usages.find(({ pid }) => pid === still);
    });
    expect(seen).toMatchObject({ stopped: true, cpuMs: expect.toSatisfy((ms: number) => ms < 500) });
  });
});

it.skipIf(process.platform !== 'linux')('both tables agree on the memory of a process', async () => {
  const groups = new Set([group('exec sleep 60')]);
  const [[proc], [ps]] = await until('both see it', async () => {
    const both = await Promise.all([new ProcTable().of(groups), new PsTable().of(groups)]);
    return both.every((usages) => usages.length === 1) && both;
  });
  const [least, most] = [proc?.rssBytes ?? 0, ps?.rssBytes ?? 0].sort((a, b) => a - b);
  expect(least).toBeGreaterThan((most ?? 0) * 0.8);
});

describe('what the system writes', () => {
  it('of /proc is read also when the name of a command has parentheses and blanks', () => {
    const rest = 'S 1 77 77 0 -1 4194560 100 0 0 0 12 30 0 0 20 0 1 0 5 6 7 8';
    expect(parseProcStat(`9 (a) b (c) ${rest}`)).toEqual({ group: 77, cpuMs: 420, stopped: false, rssPages: 7 });
    expect(parseProcStat(`9 (x) T${rest.slice(1)}`)).toMatchObject({ stopped: true });
    expect(parseProcStat(`9 (x) Z${rest.slice(1)}`)).toBeUndefined();
    expect(parseProcStat('')).toBeUndefined();
  });

  it('of ps is read in the forms of Linux and macOS', () => {
    const text =
      '  1   1 Ss   100 2-03:04:05\n 20  19 T+    8 01:02:03\n 21  19 R  2048   1:02.50\n 22 19 Z 0 0:00.00\n';
    expect(parsePs(text)).toEqual([
      { pid: 1, group: 1, rssBytes: 102_400, cpuMs: 183_845_000, stopped: false },
      { pid: 20, group: 19, rssBytes: 8_192, cpuMs: 3_723_000, stopped: true },
      { pid: 21, group: 19, rssBytes: 2_097_152, cpuMs: 62_500, stopped: false },
    ]);
  });
});

describe('the measurements of a host', () => {
  it('sum up a group; processor time is what was spent since the measurement before', async () => {
    let usages = [usage({ cpuMs: 900 }), usage({ pid: 8, cpuMs: 50, rssBytes: 500 })];
    const measured = sampler({
      processes: () => [{ componentId: 'cmp-1', pid: 7 }],
      connections: () => [{ sessionId: 'ses-1', componentId: 'cmp-1', connectedAt: 5, lastMessageAt: 6 }],
      table: { of: () => Promise.resolve(usages) },
    });
    const outer = performance.now();
    const first = await measured.sample();
    expect(first.processes).toEqual({ 'cmp-1': { pid: 7, processes: 2, rssBytes: 1_500, stopped: false } });
    expect(first.connections).toEqual({ 'ses-1/cmp-1': { connectedAt: 5, lastMessageAt: 6 } });
    // One child ended, another came: neither the lost time nor the time before counts.
    const inner = performance.now();
    await delay(50);
    const longest = () => performance.now() - outer;
    const shortest = performance.now() - inner;
    usages = [usage({ cpuMs: 960 }), usage({ pid: 9, cpuMs: 40 })];
    const second = await measured.sample();
    const share = second.processes['cmp-1']?.cpu ?? 0;
    expect(share * longest()).toBeGreaterThanOrEqual(100);
    expect(share * shortest).toBeLessThanOrEqual(100);
  });

  it('asks the system for nothing while no component runs', async () => {
    const measured = sampler({ table: { of: () => Promise.reject(new Error('asked')) } });
    expect((await measured.sample()).processes).toEqual({});
  });

  it('are in a file of the owner, and go with it; a failure is told once and ends nothing', async () => {
    const path = `${tempDir()}/health.json`;
    const told: string[] = [];
    let looks = 0;
    const measured = sampler({
      path,
      everyMs: 5,
      log: (_level, text) => told.push(text),
      processes: () => [{ componentId: 'cmp-1', pid: 7 }],
      table: {
        of: () => {
          looks += 1;
          return looks < 4 ? Promise.reject(new Error('no table')) : Promise.resolve([usage({})]);
        },
      },
    });
    measured.start();
    await until('it is written', () => existsSync(path));
    expect(told).toEqual(['the health of components cannot be measured: no table']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: 1, host: 'h', processes: { 'cmp-1': {} } });
    await measured.stop();
    expect(existsSync(path)).toBe(false);
  });
});
