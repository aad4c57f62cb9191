import { describe, expect, it } from 'vitest';
import { componentHealth } from '../../src/model/component-health.ts';
import type { HealthFacts } from '../../src/model/health.ts';
import type { ProcessSample } from '../../src/model/host-health.ts';
import type { ComponentFlow } from '../../src/model/run-status.ts';
import type { Component } from '../../src/model/session.ts';
import type { SessionState } from '../../src/model/session-state.ts';
import { component, session } from '../support/sessions.ts';

const NOW = 1_000_000;
const FLOW: ComponentFlow = { connections: 1, rows: 10, lagRows: 7, lagMs: 2_500, holdsClock: false };
const PROCESS: ProcessSample = { pid: 42, processes: 2, rssBytes: 150e6, cpu: 0.8, stopped: false };

interface Case {
  readonly state?: SessionState;
  readonly changes?: Partial<Component>;
  readonly flow?: Partial<ComponentFlow>;
  readonly process?: Partial<ProcessSample>;
  /** Since its last message, ms. */
  readonly silence?: number;
}

function factsOf({ state = 'RUNNING', changes = {}, flow = {}, process = {}, silence = 1_200 }: Case): HealthFacts {
  const one = component('one', { topics: ['trades.BTCUSDT'], ...changes });
  const connections = { 'ses-1/cmp-one': { connectedAt: 0, lastMessageAt: NOW - silence } };
  const processes = { 'cmp-one': { ...PROCESS, ...process } };
  return {
    session: session(state, { components: [one] }),
    component: one,
    host: { version: 1, at: NOW, host: 'host', processes, connections },
    flow: { ...FLOW, ...flow },
    now: NOW,
  };
}

/** The component as it is once its connection is gone. */
const { connection: _connection, ...UNCONNECTED } = component('one', { topics: ['trades.BTCUSDT'] });

describe('the health of a component', () => {
  it('has the figures of its session, its host and the stream', () => {
    expect(componentHealth(factsOf({ changes: { restarts: 3 } }))).toEqual({
      session: 'alpha',
      component: 'one',
      componentId: 'cmp-one',
      state: 'RUNNING',
      connected: true,
      heartbeatMs: 1_200,
      restarts: 3,
      flow: FLOW,
      process: PROCESS,
      problems: [],
      healthy: true,
    });
  });

  it.each<[string, Case, RegExp, RegExp]>([
    ['error', { changes: { state: 'ERROR' } }, /^is in ERROR$/, /session logs alpha one/],
    [
      'error',
      { changes: { state: 'ERROR', lastError: { code: 'X', message: 'no funds', recoverable: false } } },
      /no funds/,
      /session restart alpha/,
    ],
    [
      'crash-loop',
      { changes: { failures: [NOW - 30_000, NOW - 20_000, NOW - 18_000] } },
      /failed 3 times in 12\.0 s/,
      /session logs alpha one/,
    ],
    ['stopped', { process: { stopped: true } }, /stopped by a signal/, /kill -CONT -- -42/],
    ['silent', { silence: 10_001 }, /has sent nothing for 10\.0 s/, /session logs/],
    ['no-data-connection', { flow: { connections: 0 } }, /without a data connection/, /no rows/],
    ['holds-clock', { flow: { holdsClock: true } }, /7 rows behind, 2\.5 s of market time/, /session stop alpha/],
  ])('is told: %s', (what, facts, text, remedy) => {
    const { healthy, problems } = componentHealth(factsOf(facts));
    expect(healthy).toBe(false);
    expect(problems).toMatchObject([{ what }]);
    expect(problems[0]?.text).toMatch(text);
    expect(problems[0]?.remedy).toMatch(remedy);
  });

  it('is told: not connected, with how its process ended', () => {
    const lastExit = { code: 1, signal: null, reason: 'exit code 1', unstartable: false };
    const facts = { ...factsOf({}), component: { ...UNCONNECTED, lastExit } };
    expect(componentHealth(facts).problems).toMatchObject([
      { what: 'not-connected', text: 'has no control connection; its process last ended with exit code 1' },
    ]);
  });

  it('has limits for memory and processor time only when they are given', () => {
    const facts = factsOf({});
    expect(componentHealth(facts, { heartbeatMs: 2_000, maxRssBytes: 150e6, maxCpu: 0.8 }).healthy).toBe(true);
    expect(componentHealth(facts, { heartbeatMs: 2_000, maxRssBytes: 149e6, maxCpu: 0.7 }).problems).toMatchObject([
      { what: 'memory', text: 'holds 150 MB of memory, more than 149 MB' },
      { what: 'cpu', text: 'keeps 80 % of a core busy, more than 70 %' },
    ]);
  });

  it('tells the gravest first when several things are not well', () => {
    const facts = factsOf({ process: { stopped: true }, silence: 12_000, flow: { holdsClock: true } });
    expect(componentHealth(facts).problems.map(({ what }) => what)).toEqual(['stopped', 'silent', 'holds-clock']);
  });

  it.each<[string, Case]>([
    [
      'it is starting and says nothing yet',
      { state: 'INITIALIZING', changes: { state: 'REGISTERED' }, silence: 29_000 },
    ],
    ['the run is over and its last figures are old', { state: 'FINISHED', flow: { holdsClock: true, connections: 0 } }],
    ['it wants no rows', { changes: { topics: [] }, flow: { connections: 0 } }],
    ['its failures are long ago', { changes: { failures: [NOW - 90_000, NOW - 80_000, NOW - 70_000] } }],
    ['it is joining the stream', { changes: { joining: true }, flow: { connections: 0 } }],
    ['it ended by itself', { changes: { state: 'SHUTDOWN', wanted: false }, flow: { connections: 0 } }],
  ])('is well when %s', (_what, facts) => {
    expect(componentHealth(factsOf(facts)).problems).toEqual([]);
  });

  it('is judged by what the session knows where the host tells nothing', () => {
    const { host: _host, flow: _flow, ...facts } = factsOf({});
    const health = componentHealth(facts);
    expect(health.healthy).toBe(true);
    expect(health).not.toHaveProperty('heartbeatMs');
    expect(health).not.toHaveProperty('process');
  });

  it('does not take the figures of another session with the same component id for its own', () => {
    const facts = factsOf({});
    const other = { ...facts, session: { ...facts.session, id: 'ses-2' } };
    expect(componentHealth(other)).not.toHaveProperty('heartbeatMs');
  });
});
