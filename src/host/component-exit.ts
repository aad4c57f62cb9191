import { constants } from 'node:os';
import type { ComponentExit } from '../model/session.ts';

/** Shells report a process that a signal ended as 128 plus the signal's number. */
const SIGNAL_BASE = 128;

/** What shells answer for a program that the system would not run: no permission, no interpreter, not there. */
const CANNOT_RUN: Readonly<Record<number, string>> = {
  126: 'exit code 126: the system does not run it; its log says why',
  127: 'exit code 127: its interpreter, or a program it calls, was not found; its log says which',
};

/** How a component ended, from the code its shim wrote; no code means that the whole group was killed. */
export function exitFromCode(code: number | undefined): ComponentExit {
  if (code === undefined) return { code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL', unstartable: false };
  const signal = code > SIGNAL_BASE ? signalName(code - SIGNAL_BASE) : undefined;
  if (signal !== undefined) return { code: null, signal, reason: `killed by ${signal}`, unstartable: false };
  const problem = CANNOT_RUN[code];
  if (problem !== undefined) return { ...unstartable(problem), code };
  return { code, signal: null, reason: `exit code ${code}`, unstartable: false };
}

export function unstartable(reason: string): ComponentExit {
  return { code: null, signal: null, reason: `cannot be started: ${reason}`, unstartable: true };
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
