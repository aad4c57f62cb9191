import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { identify } from '../servers/process-identity.ts';
import type { RecordedProcess } from './process-record.ts';

/** A running process group of a component. Its leader is the shim, which lives as long as the component does. */
export interface ComponentProcess {
  readonly pid: number;
  /** Whether the leader lives. */
  alive(): boolean;
  /** Waits for the end of the leader; false when `timeoutMs` passed before. */
  gone(timeoutMs?: number, signal?: AbortSignal): Promise<boolean>;
  /** To every process of the group; also to those that outlived the leader. */
  kill(signal: NodeJS.Signals): void;
}

/** A process that this aegisd has started: the system tells when it ends. */
export function ownProcess(child: ChildProcess, pid: number): ComponentProcess {
  const alive = () => child.exitCode === null && child.signalCode === null;
  return {
    pid,
    alive,
    gone: (timeoutMs, signal) => (alive() ? exitOf(child, timeoutMs, signal) : Promise.resolve(true)),
    kill: (signal) => killGroup(pid, signal),
  };
}

/** A process that an earlier aegisd has started: its end is seen by looking every `pollMs`. */
export function adoptedProcess({ pid, identity }: RecordedProcess, pollMs: number): ComponentProcess {
  let seenAlive = false;
  const alive = () => {
    const living = identify(pid) === identity;
    seenAlive ||= living;
    return living;
  };
  return {
    pid,
    alive,
    gone: async (timeoutMs = Number.POSITIVE_INFINITY, signal) => {
      for (const deadline = Date.now() + timeoutMs; alive(); ) {
        if (Date.now() >= deadline) return false;
        await delay(pollMs, undefined, signal === undefined ? {} : { signal });
      }
      return true;
    },
    // A group that ended while nobody looked may have left its number to another one.
    kill: (signal) => {
      if (alive() || seenAlive) killGroup(pid, signal);
    },
  };
}

async function exitOf(child: ChildProcess, timeoutMs?: number, signal?: AbortSignal): Promise<boolean> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const onExit = () => resolve(true);
  const onAbort = () => reject(signal?.reason);
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve(false), timeoutMs);
  child.once('exit', onExit);
  signal?.addEventListener('abort', onAbort);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.off('exit', onExit);
    signal?.removeEventListener('abort', onAbort);
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
