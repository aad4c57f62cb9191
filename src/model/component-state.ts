/**
 * The states of a component and the one table of legal moves, used by the workflow, the control server and the SDKs.
 * A new REGISTER leads from any state to REGISTERED; it is an event of its own and not in the table.
 */
export const COMPONENT_STATES = [
  'INIT',
  'REGISTERED',
  'INITIALIZING',
  'READY',
  'CONFIGURED',
  'RUNNING',
  'WAITING',
  'FINISHED',
  'ERROR',
  'SHUTDOWN',
] as const;
export type ComponentState = (typeof COMPONENT_STATES)[number];

/** What a STATE_UPDATE may lead to. REGISTERED → CONFIGURED serves SDKs that know no INITIALIZING and READY. */
export const COMPONENT_MOVES: Readonly<Record<ComponentState, readonly ComponentState[]>> = {
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

/** The same state again is legal and changes nothing. */
export function canMove(from: ComponentState, to: ComponentState): boolean {
  return from === to || COMPONENT_MOVES[from].includes(to);
}

/** True once the component takes rows: it has said RUNNING and has not said that it is done. */
export function isLive(state: ComponentState): boolean {
  return state === 'RUNNING' || state === 'WAITING';
}
