import { describe, expect, it } from 'vitest';
import { COMPONENT_STATES, type ComponentState } from '../../src/model/component-state.ts';
import { crashLoop } from '../../src/model/crash-loop.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import type { ComponentExit, Session } from '../../src/model/session.ts';
import { transition } from '../../src/model/transition.ts';
import { launchDelay } from '../../src/model/transition-incident.ts';
import { component, NO_CAPABILITIES, session } from '../support/sessions.ts';

/** Section 5.1 of the component protocol, written out. */
const PROMISED: Record<ComponentState, readonly ComponentState[]> = {
  INIT: [],
  REGISTERED: ['INITIALIZING', 'CONFIGURED', 'ERROR'],
  INITIALIZING: ['READY', 'ERROR'],
  READY: ['CONFIGURED', 'ERROR'],
  CONFIGURED: ['RUNNING', 'ERROR'],
  RUNNING: ['WAITING', 'FINISHED', 'ERROR'],
  WAITING: ['RUNNING', 'ERROR'],
  FINISHED: ['SHUTDOWN'],
  ERROR: ['SHUTDOWN'],
  SHUTDOWN: [],
};

const FAILED_EXIT: ComponentExit = { code: 1, signal: null, reason: 'exit code 1', unstartable: false };
const REGISTER = {
  type: 'register',
  freshId: 'cmp-fresh',
  connection: 'c',
  name: 'one',
  capabilities: NO_CAPABILITIES,
} as const;
const CLEAN_EXIT: ComponentExit = { code: 0, signal: null, reason: 'exit code 0', unstartable: false };

function applied(before: Session, ...events: SessionEvent[]): Session {
  return events.reduce((current, event) => {
    const result = transition(current, event);
    if (!result.ok) throw new Error(`${event.type}: ${result.message}`);
    return result.session;
  }, before);
}

const everyMove = COMPONENT_STATES.flatMap((from) => COMPONENT_STATES.map((to) => ({ from, to })));

function exited(exit: ComponentExit, incarnation = 1) {
  return { type: 'exited', componentId: 'cmp-one', incarnation, exit, at: 0, ranMs: 0 } as const;
}

describe('component states', () => {
  it.each(everyMove)('$from to $to', ({ from, to }) => {
    const before = session('RUNNING', { components: [component('one', { state: from })] });
    const result = transition(before, { type: 'state', componentId: 'cmp-one', state: to });
    expect(result.ok).toBe(from === to || PROMISED[from].includes(to));
    if (result.ok) expect(result.session.components[0]?.state).toBe(to);
    else expect(result.message).toContain(from);
  });

  it.each(COMPONENT_STATES)('REGISTER is accepted from %s and keeps id, name and configuration', (state) => {
    const before = session('RUNNING', { components: [component('one', { state, config: { size: 1 } })] });
    const capabilities = { symbols: ['BTCUSDT'], timeframes: [], orderBookSpeeds: [], streams: ['trades'] };
    const register = {
      type: 'register',
      componentId: 'cmp-one',
      freshId: 'x',
      connection: 'new',
      name: 'other',
      capabilities,
    } as const;
    expect(applied(before, register).components).toMatchObject([
      {
        id: 'cmp-one',
        name: 'one',
        state: 'REGISTERED',
        connection: 'new',
        config: { size: 1 },
        topics: ['trades.BTCUSDT'],
      },
    ]);
  });

  it('an unknown id is taken over and a missing one is given', () => {
    const { components } = applied(session('REGISTERED'), REGISTER, { ...REGISTER, componentId: 'mine' });
    expect(components.map(({ id, name }) => [id, name])).toEqual([
      ['cmp-one', 'one'],
      ['cmp-fresh', 'one-2'],
      ['mine', 'one-3'],
    ]);
  });

  it('a token of an earlier session of the name opens nothing', () => {
    const before = session('REGISTERED');
    expect(transition(before, { ...REGISTER, sessionId: before.id }).ok).toBe(true);
    expect(transition(before, { ...REGISTER, sessionId: `${before.id}0` })).toMatchObject({
      ok: false,
      code: 'SESSION_NOT_FOUND',
    });
  });

  it('the end of an older connection does not disconnect the newer', () => {
    const disconnected = { type: 'disconnected', componentId: 'cmp-one' } as const;
    const before = session('RUNNING');
    expect(applied(before, { ...disconnected, connection: 'older' })).toBe(before);
    expect(applied(before, { ...disconnected, connection: 'c-one' }).components[0]).not.toHaveProperty('connection');
  });
});

describe('a start goes as far as the slowest required component', () => {
  const starting = session('INITIALIZING', {
    components: [component('one', { state: 'INITIALIZING' }), component('two', { state: 'INITIALIZING' })],
  });
  const report = (name: string, state: ComponentState) =>
    ({ type: 'state', componentId: `cmp-${name}`, state }) as const;

  it('READY, CONFIGURED and RUNNING', () => {
    const one = applied(starting, report('one', 'READY'), report('one', 'CONFIGURED'), report('one', 'RUNNING'));
    expect(one.state).toBe('INITIALIZING');
    const ready = applied(one, report('two', 'READY'));
    expect(ready.state).toBe('READY');
    const configured = applied(ready, report('two', 'CONFIGURED'));
    expect(configured.state).toBe('CONFIGURED');
    expect(transition(configured, { type: 'streamStarted', run: 1 }).ok).toBe(false);
    expect(applied(configured, report('two', 'RUNNING'), { type: 'streamStarted', run: 1 }).state).toBe('RUNNING');
  });

  it('an optional component that fails holds nobody up', () => {
    const before = session('INITIALIZING', {
      components: [component('one', { state: 'READY' }), component('two', { state: 'INIT', required: false })],
    });
    const exit = { ...FAILED_EXIT, unstartable: true };
    expect(applied(before, { ...exited(exit), componentId: 'cmp-two' }).state).toBe('READY');
  });
});

describe('a component that was detached', () => {
  const before = session('RUNNING', { components: [], retired: ['cmp-one'] });

  it.each([
    { type: 'disconnected', componentId: 'cmp-one', connection: 'x' },
    { type: 'left', componentId: 'cmp-one' },
  ] as const)('may go: $type changes nothing', (event) => {
    expect(applied(before, event)).toBe(before);
  });

  it('may not go on', () => {
    expect(transition(before, { type: 'state', componentId: 'cmp-one', state: 'RUNNING' })).toMatchObject({
      ok: false,
      code: 'COMPONENT_NOT_FOUND',
    });
  });
});

describe('the end of a process', () => {
  it('a failure restarts it with growing delay until the limit, then the session fails', () => {
    let current = session('RUNNING');
    const delays: number[] = [];
    for (let incarnation = 1; current.state === 'RUNNING'; incarnation += 1) {
      current = applied(current, exited(FAILED_EXIT, incarnation));
      const [one] = current.components;
      if (one !== undefined && current.state === 'RUNNING') delays.push(launchDelay(one));
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    expect(current).toMatchObject({ state: 'FAILED', failure: { code: 'COMPONENT_FAILED' } });
    expect(current.failure?.message).toContain('after 5 restarts');
  });

  it('a process that has run for ten minutes begins anew with the count', () => {
    const worn = session('RUNNING', { components: [component('one', { restarts: 5 })] });
    expect(applied(worn, { ...exited(FAILED_EXIT), ranMs: 599_999 }).state).toBe('FAILED');
    const next = applied(worn, { ...exited(FAILED_EXIT), ranMs: 600_000 });
    expect(next.components[0]).toMatchObject({ restarts: 1, wanted: true });
  });

  it('three failures within a minute are a crash loop, until a minute has passed', () => {
    const times = [0, 40_000, 61_000, 70_000, 90_000];
    let current = session('RUNNING');
    const loops = times.map((at, index) => {
      current = applied(current, { ...exited(FAILED_EXIT, index + 1), at });
      return current.components.map((one) => crashLoop(one, at)?.failures)[0];
    });
    expect(loops).toEqual([undefined, undefined, undefined, 3, 4]);
    const [one] = current.components;
    expect(one && crashLoop(one, 130_000)).toBeUndefined();
    const ended = applied(current, { ...exited(CLEAN_EXIT, 6), at: 95_000 });
    expect(ended.components[0]?.failures).toEqual(current.components[0]?.failures);
  });

  it.each([
    ['never', FAILED_EXIT, 'FAILED'],
    ['never', CLEAN_EXIT, 'RUNNING'],
    ['on-failure', FAILED_EXIT, 'RUNNING'],
    ['on-failure', CLEAN_EXIT, 'RUNNING'],
    ['always', CLEAN_EXIT, 'RUNNING'],
  ] as const)('policy %s', (policy, exit, state) => {
    const restart = { policy, limit: 5, backoffMs: 1, maxBackoffMs: 1 };
    const next = applied(session('RUNNING', { components: [component('one', { restart })] }), exited(exit));
    expect(next.state).toBe(state);
    const restarted = policy === 'always' || (policy === 'on-failure' && exit === FAILED_EXIT);
    expect(next.components[0]).toMatchObject({ incarnation: restarted ? 2 : 1, wanted: restarted });
  });

  it('a program that cannot be started is not tried again', () => {
    const next = applied(session('INITIALIZING'), exited({ ...FAILED_EXIT, unstartable: true }));
    expect(next).toMatchObject({ state: 'FAILED', components: [{ wanted: false, incarnation: 1 }] });
  });

  it('news of an older process changes nothing', () => {
    const before = session('RUNNING', { components: [component('one', { incarnation: 3 })] });
    expect(applied(before, exited(FAILED_EXIT, 2))).toBe(before);
  });

  it('an error that is not recoverable counts as a failure even when the process then ends well', () => {
    const runtimeError = {
      type: 'runtimeError',
      componentId: 'cmp-one',
      code: 'X',
      message: 'broken',
      recoverable: false,
    } as const;
    const next = applied(session('RUNNING'), runtimeError, exited(CLEAN_EXIT));
    expect(next.components[0]).toMatchObject({ incarnation: 2, restarts: 1, lastError: { code: 'X' } });
  });

  it('a recoverable error is recorded and nothing else', () => {
    const runtimeError = {
      type: 'runtimeError',
      componentId: 'cmp-one',
      code: 'X',
      message: 'late',
      recoverable: true,
    } as const;
    expect(applied(session('RUNNING'), runtimeError).components[0]).toMatchObject({
      state: 'RUNNING',
      lastError: { code: 'X' },
    });
  });
});

describe('the end of a run', () => {
  const summary = { rows: 10, elapsedMs: 5, components: {} };

  it('end of data finishes the session and keeps what was delivered', () => {
    const next = applied(session('RUNNING'), { type: 'streamEnded', run: 1, summary });
    expect(next).toMatchObject({ state: 'FINISHED', outcome: 'end-of-data', summary });
  });

  it('news of an older run changes nothing', () => {
    const before = session('RUNNING', { run: 2 });
    expect(applied(before, { type: 'streamEnded', run: 1, summary })).toBe(before);
    expect(applied(before, { type: 'failed', run: 1, failure: { code: 'TIMEOUT', message: '' } })).toBe(before);
  });

  it('a refused start goes back to REGISTERED, keeps the reason, and wants no process', () => {
    const failure = { code: 'DATA_MISSING', message: 'no tape', details: { missing: ['x'] } } as const;
    const next = applied(session('READY'), { type: 'startRefused', run: 1, failure });
    expect(next).toMatchObject({ state: 'REGISTERED', failure, components: [{ wanted: false, state: 'INIT' }] });
  });

  it('a component that ignores REBORN is replaced without counting as a restart', () => {
    const next = applied(session('CONFIGURED'), { type: 'replaced', componentId: 'cmp-one' });
    expect(next.components[0]).toMatchObject({ state: 'INIT', incarnation: 2, restarts: 0, wanted: true });
  });
});
