import { describe, expect, it } from 'vitest';
import { clockFinding, diskFinding } from '../../src/client/cli/doctor-host.ts';
import { processFindings } from '../../src/client/cli/doctor-processes.ts';
import { hostProblems } from '../../src/client/cli/health-report.ts';
import type { HomeProcess } from '../../src/servers/home-processes.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('what doctor thinks of the machine', () => {
  it.each([
    [5e9, 'ok', '5.0 GB free'],
    [1e9, 'warning', '1.0 GB free'],
    [0.1e9, 'problem', '0.1 GB free'],
  ])('disk: %d bytes are %s', (free, level, text) => {
    expect(diskFinding(free)).toMatchObject({ level, text });
  });

  it.each([
    [{ newest: 0, synchronised: true }, 'ok', 'synchronised'],
    [{ newest: NOW + 4_000, synchronised: undefined }, 'ok', 'does not tell'],
    [{ newest: NOW, synchronised: false }, 'warning', 'not synchronised'],
    [{ newest: NOW + 60_000, synchronised: true }, 'problem', '1 min 00 s before files of Aegis were written'],
  ])('clock: %j is %s', (facts, level, text) => {
    expect(clockFinding({ now: NOW, ...facts })).toMatchObject({ level, text: expect.stringContaining(text) });
  });

  it.each([
    [undefined, 'has measured nothing yet'],
    [NOW - 11_000, 'measured last 11 s ago'],
  ])('aegisd: measured at %s', (at, text) => {
    const measured =
      at === undefined ? undefined : { version: 1 as const, at, host: 'h', processes: {}, connections: {} };
    expect(hostProblems(measured, NOW)).toMatchObject([{ text: expect.stringContaining(text) }]);
  });

  it('aegisd: what was measured a second ago is well', () => {
    const measured = { version: 1, at: NOW - 1_000, host: 'h', processes: {}, connections: {} } as const;
    expect(hostProblems(measured, NOW)).toEqual([]);
  });
});

describe('what doctor thinks of processes', () => {
  const HOME = '/home/u/.aegis';
  const AEGISD = 100;
  const known = new Set(['cmp-known']);
  const one = (pid: number, command: string, ancestors: readonly number[], componentId?: string): HomeProcess => {
    return { pid, command, ancestors, ...(componentId === undefined ? {} : { componentId }) };
  };
  const look = (processes: readonly HomeProcess[], aegisd: number | undefined = AEGISD, componentIds = known) =>
    processFindings({ home: HOME, processes, aegisd, componentIds });

  it('aegisd, what it has started, known components, and programs of people are well', () => {
    const processes = [
      one(AEGISD, 'aegisd', [1]),
      one(101, 'node /x/src/orchestrator/main.ts', [AEGISD, 1]),
      one(102, `nats-server --config ${HOME}/run/nats.conf`, [103, AEGISD, 1]),
      one(104, 'python3 strategy.py', [105, 1], 'cmp-known'),
      one(106, 'vim notes.txt', [50, 1]),
      one(107, 'temporal workflow list', [50, 1]),
    ];
    expect(look(processes)).toEqual([{ check: 'processes', level: 'ok', text: '6 of this folder, none left over' }]);
  });

  it.each([
    ['an orchestrator', one(201, 'node /x/dist/src/orchestrator/main.js', [1])],
    ['a data stream server', one(202, 'node /x/src/gateway/data/main.ts', [7, 1])],
    ['a server', one(203, `/opt/temporal server start-dev --db-filename ${HOME}/temporal.db`, [1])],
    ['a second aegisd', one(204, 'aegisd', [1])],
  ])('%s that nobody watches over is a problem, with the way to end it', (_what, process) => {
    expect(look([one(AEGISD, 'aegisd', [1]), process])).toMatchObject([
      { level: 'problem', remedy: `kill ${process.pid}`, text: expect.stringContaining('left over') },
    ]);
  });

  it('a component that no session has is told once, by its topmost process', () => {
    const processes = [one(301, 'sh', [1], 'cmp-lost'), one(302, 'python3 x.py', [301, 1], 'cmp-lost')];
    expect(look(processes)).toMatchObject([
      { level: 'problem', text: expect.stringContaining('cmp-lost'), remedy: 'kill 301' },
    ]);
  });

  it('no component is judged while some session does not answer', () => {
    const processes = [one(301, 'sh', [1], 'cmp-lost')];
    const findings = processFindings({ home: HOME, processes, aegisd: AEGISD, componentIds: undefined });
    expect(findings).toMatchObject([{ level: 'ok' }]);
  });

  it('components that outlived aegisd are a warning: the next one takes them over', () => {
    const findings = processFindings({
      home: HOME,
      processes: [one(301, 'sh', [1], 'cmp-known')],
      aegisd: undefined,
      componentIds: undefined,
    });
    expect(findings).toMatchObject([{ level: 'warning', remedy: expect.stringContaining('aegisctl up') }]);
  });

  it('says so where the system does not show whose they are', () => {
    const findings = processFindings({ home: HOME, processes: undefined, aegisd: AEGISD, componentIds: known });
    expect(findings).toMatchObject([{ level: 'ok', text: expect.stringContaining('does not show') }]);
  });
});
