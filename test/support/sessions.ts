import {
  type Component,
  type ComponentSpec,
  RESTART_DEFAULTS,
  SESSION_DEFAULTS,
  type Session,
} from '../../src/model/session.ts';
import type { SessionState } from '../../src/model/session-state.ts';

export const NO_CAPABILITIES = { symbols: [], timeframes: [], orderBookSpeeds: [], streams: [] };

export function componentSpec(name: string, changes: Partial<ComponentSpec> = {}): ComponentSpec {
  const launch = { program: '/bin/true', args: [], cwd: '/', env: {} };
  return { id: `cmp-${name}`, name, launch, required: true, restart: RESTART_DEFAULTS, config: {}, ...changes };
}

export function component(name: string, changes: Partial<Component> = {}): Component {
  return {
    ...componentSpec(name),
    state: 'RUNNING',
    wanted: true,
    incarnation: 1,
    restarts: 0,
    topics: [],
    connection: `c-${name}`,
    ...changes,
  };
}

export function session(state: SessionState, changes: Partial<Session> = {}): Session {
  return {
    id: 'ses-1',
    name: 'alpha',
    host: 'host',
    spec: { mode: 'historical', market: 'spot', from: 0, to: 86_400_000, ...SESSION_DEFAULTS },
    state,
    paused: false,
    run: state === 'REGISTERED' ? 0 : 1,
    components: [component('one')],
    retired: [],
    ...changes,
  };
}
