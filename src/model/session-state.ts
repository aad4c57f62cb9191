import type { Mode } from './market.ts';

/** The states of a session and the one table that says which commands are legal in which of them. */
export const SESSION_STATES = [
  /** Created; components may be attached. */
  'REGISTERED',
  /** Starting: components are launched and register. */
  'INITIALIZING',
  /** Starting: every required component has declared what it needs; the data is planned and imported. */
  'READY',
  /** Starting: every required component has its topics, socket and configuration. */
  'CONFIGURED',
  /** The stream flows (or is paused). */
  'RUNNING',
  /** The run is over: the data ended, or an operator stopped it. Components stay up and may run again. */
  'FINISHED',
  /** The session has ended; nothing leads out of it. */
  'SHUTDOWN',
  /** A required component or the stream failed for good; the reason is in the session's `failure`. */
  'FAILED',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

export const STARTING_STATES = ['INITIALIZING', 'READY', 'CONFIGURED'] as const satisfies readonly SessionState[];
const SETTLED = ['REGISTERED', 'FINISHED', 'FAILED'] as const satisfies readonly SessionState[];

/** What an operator may ask of a session: each is an update and a signal of this name. */
export const COMMANDS = [
  'attach',
  'detach',
  'configure',
  'start',
  'pause',
  'resume',
  'stop',
  'restart',
  'shutdown',
] as const;
export type CommandName = (typeof COMMANDS)[number];

export const LEGAL_IN: Readonly<Record<CommandName, readonly SessionState[]>> = {
  attach: [...SETTLED, 'RUNNING'],
  detach: [...SETTLED, 'RUNNING'],
  configure: [...SETTLED, 'RUNNING'],
  start: SETTLED,
  pause: ['RUNNING'],
  resume: ['RUNNING'],
  stop: [...STARTING_STATES, 'RUNNING'],
  restart: ['RUNNING', 'FINISHED', 'FAILED'],
  shutdown: ['REGISTERED', ...STARTING_STATES, 'RUNNING', 'FINISHED', 'FAILED'],
};

export function isLegal(command: CommandName, state: SessionState): boolean {
  return LEGAL_IN[command].includes(state);
}

/** A live market cannot be paused. */
export function legalCommands(state: SessionState, mode: Mode): CommandName[] {
  return COMMANDS.filter((command) => isLegal(command, state) && (mode === 'historical' || !PAUSING.includes(command)));
}

const PAUSING: readonly CommandName[] = ['pause', 'resume'];

export function isStarting(state: SessionState): boolean {
  return (STARTING_STATES as readonly SessionState[]).includes(state);
}
