import type { LogEntry } from '../../src/model/activities.ts';
import { COMPONENT_STATES, type ComponentState, canMove } from '../../src/model/component-state.ts';
import { SESSION_STATES } from '../../src/model/session-state.ts';

/** In the order in which a session that runs once goes through them. */
const LIFE: readonly string[] = SESSION_STATES.filter((state) => state !== 'FAILED');
const ONCE = ['start', 'streamStarted', 'streamEnded', 'shutdown'];

export interface RecordExpectation {
  /** How often the process of each component has ended, by its name; the end at the shutdown is one of them. */
  readonly exits: ReadonlyMap<string, number>;
}

/** What is lost, doubled or illegal in the record of a session that has run once and was shut down. */
export function problemsOfRecord(entries: readonly LogEntry[], { exits }: RecordExpectation): string[] {
  return [
    ...problemsOfSession(entries),
    ...[...exits].flatMap(([name, count]) => {
      const own = entries.filter(({ component }) => component === name);
      return problemsOfComponent(own, count).map((problem) => `${name}: ${problem}`);
    }),
  ];
}

function problemsOfSession(entries: readonly LogEntry[]): string[] {
  const problems = ONCE.flatMap((event) => {
    const count = entries.filter((entry) => entry.event === event).length;
    return count === 1 ? [] : [`${event} happened ${count} times`];
  });
  const states = entries.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
  const places = states.map((state) => LIFE.indexOf(state));
  if (places.some((place, index) => place <= (places[index - 1] ?? -1))) {
    problems.push(`its states were ${states.join(', ')}`);
  }
  if (states.at(-1) !== 'SHUTDOWN') problems.push(`it ended as ${states.at(-1)}`);
  if (entries[0]?.event !== 'attach') problems.push('its record does not begin with its first component');
  return problems;
}

function problemsOfComponent(entries: readonly LogEntry[], exits: number): string[] {
  const problems: string[] = [];
  let state: ComponentState = 'INIT';
  let ended = 0;
  for (const { event, text = '' } of entries) {
    if (event.endsWith('/refused')) problems.push(`${event}: ${text}`);
    if (event === 'runtimeError') problems.push(`it reported ${text}`);
    if (event === 'register') state = 'REGISTERED';
    if (event === 'exited') {
      ended += 1;
      state = 'INIT';
    }
    if (event !== 'state') continue;
    const next = COMPONENT_STATES.find((each) => each === text.split(':')[0]);
    if (next === undefined) problems.push(`no state: ${text}`);
    else if (next === state) problems.push(`${next} was accepted twice`);
    else if (!canMove(state, next)) problems.push(`${next} was accepted after ${state}`);
    state = next ?? state;
  }
  if (ended !== exits) problems.push(`${ended} ends of its process are recorded, not ${exits}`);
  return problems;
}
