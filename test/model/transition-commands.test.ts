import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/model/event.ts';
import {
  COMMANDS,
  type CommandName,
  legalCommands,
  SESSION_STATES,
  type SessionState,
} from '../../src/model/session-state.ts';
import { transition } from '../../src/model/transition.ts';
import { componentSpec, session } from '../support/sessions.ts';

/** The promise to operators, written out: what is legal in each state. The code's table must say the same. */
const PROMISED: Record<SessionState, readonly CommandName[]> = {
  REGISTERED: ['attach', 'detach', 'configure', 'start', 'shutdown'],
  INITIALIZING: ['stop', 'shutdown'],
  READY: ['stop', 'shutdown'],
  CONFIGURED: ['stop', 'shutdown'],
  RUNNING: ['attach', 'detach', 'configure', 'pause', 'resume', 'stop', 'restart', 'shutdown'],
  FINISHED: ['attach', 'detach', 'configure', 'start', 'restart', 'shutdown'],
  SHUTDOWN: [],
  FAILED: ['attach', 'detach', 'configure', 'start', 'restart', 'shutdown'],
};

const NEXT: Record<CommandName, SessionState | 'same'> = {
  attach: 'same',
  detach: 'same',
  configure: 'same',
  start: 'INITIALIZING',
  pause: 'same',
  resume: 'same',
  stop: 'FINISHED',
  restart: 'INITIALIZING',
  shutdown: 'SHUTDOWN',
};

function example(name: CommandName): Command {
  if (name === 'attach') return { type: 'attach', component: componentSpec('two') };
  if (name === 'detach') return { type: 'detach', component: 'one' };
  if (name === 'configure') return { type: 'configure', component: 'one', config: { size: 2 } };
  return { type: name };
}

const everyPair = SESSION_STATES.flatMap((state) => COMMANDS.map((command) => ({ state, command })));

describe('commands', () => {
  it.each(everyPair)('$command in $state is what is promised', ({ state, command }) => {
    const before = session(state, { paused: command === 'resume' && state === 'RUNNING' });
    const frozen = structuredClone(before);
    const result = transition(before, example(command));

    expect(before).toEqual(frozen);
    expect(result.ok).toBe(PROMISED[state].includes(command));
    if (result.ok) {
      expect(result.session.state).toBe(NEXT[command] === 'same' ? state : NEXT[command]);
    } else {
      expect(result.code).toBe('ILLEGAL_TRANSITION');
      expect(result.message).toContain(state);
      for (const legal of PROMISED[state]) expect(result.message).toContain(legal);
    }
  });

  it.each(SESSION_STATES)('lists what is legal in %s', (state) => {
    const promised = COMMANDS.filter((command) => PROMISED[state].includes(command));
    expect(legalCommands(state, 'historical')).toEqual(promised);
    const live = promised.filter((command) => command !== 'pause' && command !== 'resume');
    expect(legalCommands(state, 'realtime')).toEqual(live);
  });

  it('start needs a component', () => {
    const result = transition(session('REGISTERED', { components: [] }), { type: 'start' });
    expect(result).toMatchObject({ ok: false, code: 'START_REFUSED' });
  });

  it('start forgets how the last run ended and counts the new one', () => {
    const failure = { code: 'STREAM_FAILED', message: 'gone' } as const;
    const result = transition(session('FAILED', { failure, outcome: 'stopped', run: 3 }), { type: 'start' });
    expect(result.ok && result.session).toMatchObject({ run: 4, state: 'INITIALIZING' });
    expect(result.ok && result.session).not.toHaveProperty('failure');
    expect(result.ok && result.session).not.toHaveProperty('outcome');
  });

  it('start leaves living components alone and launches the others anew', () => {
    const ended = {
      ...componentSpec('two'),
      state: 'SHUTDOWN',
      wanted: false,
      incarnation: 4,
      restarts: 2,
      topics: [],
    } as const;
    const before = session('FINISHED');
    const result = transition({ ...before, components: [...before.components, ended] }, { type: 'start' });
    expect(result.ok && result.session.components.map((c) => [c.state, c.incarnation, c.wanted, c.restarts])).toEqual([
      ['RUNNING', 1, true, 0],
      ['INIT', 5, true, 0],
    ]);
  });

  it('pause twice and resume twice are refused and say what is legal', () => {
    expect(transition(session('RUNNING', { paused: true }), { type: 'pause' })).toMatchObject({ ok: false });
    expect(transition(session('RUNNING'), { type: 'resume' })).toMatchObject({ ok: false });
  });

  it('a name or an id serves one component only', () => {
    const result = transition(session('REGISTERED'), { type: 'attach', component: componentSpec('one') });
    expect(result).toMatchObject({ ok: false, code: 'INVALID_SPEC' });
  });

  it('an unknown component is named together with those there are', () => {
    const result = transition(session('REGISTERED'), { type: 'detach', component: 'nobody' });
    expect(result).toMatchObject({ ok: false, code: 'COMPONENT_NOT_FOUND' });
    expect(!result.ok && result.message).toMatch(/nobody.*one/);
  });

  it('a detached component may not register again', () => {
    const detached = transition(session('FINISHED'), { type: 'detach', component: 'one' });
    if (!detached.ok) throw new Error(detached.message);
    const capabilities = { symbols: [], timeframes: [], orderBookSpeeds: [], streams: [] };
    const again = {
      type: 'register',
      componentId: 'cmp-one',
      freshId: 'x',
      connection: 'c',
      name: 'one',
      capabilities,
    } as const;
    expect(transition(detached.session, again)).toMatchObject({ ok: false, code: 'COMPONENT_NOT_FOUND' });
  });
});
