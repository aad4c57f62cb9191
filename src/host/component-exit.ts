import { constants } from 'node:os';
import type { ComponentExit } from '../model/session.ts';

/** Shells report a process that a signal ended as 128 plus the signal's number. */
const SIGNAL_BASE = 128;

/** How a component ended, from the code its shim wrote; no code means that the whole group was killed. */
export function exitFromCode(code: number | undefined): ComponentExit {
  if (code === undefined) return { code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL', unstartable: false };
  const signal = code > SIGNAL_BASE ? signalName(code - SIGNAL_BASE) : undefined;
  if (signal !== undefined) return { code: null, signal, reason: `killed by ${signal}`, unstartable: false };
  return { code, signal: null, reason: `exit code ${code}`, unstartable: false };
}

export function unstartable(reason: string): ComponentExit {
  return { code: null, signal: null, reason: `cannot be started: ${reason}`, unstartable: true };
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
