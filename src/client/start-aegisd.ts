import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AegisError, type ErrorData, isErrorCode } from '../model/errors.ts';
import { homePaths } from '../model/paths.ts';
import { type Endpoints, readEndpoints } from '../servers/endpoints.ts';
import { signalProcess } from '../servers/process-identity.ts';
import { LogReader } from './log-reader.ts';

const POLL_MS = 100;
/** Building Temporal from source takes minutes on a small machine. */
const START_TIMEOUT_MS = 40 * 60_000;
const STOP_TIMEOUT_MS = 40_000;

export interface StartOptions {
  /** AEGIS_HOME, absolute. */
  readonly home: string;
  /** Called with every line that aegisd logs until it is ready. */
  readonly onLine?: (line: string) => void;
  /** Environment of aegisd; default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the waiting, not aegisd. */
  readonly signal?: AbortSignal;
}

/**
 * Starts aegisd in the background unless it runs, and waits until it is ready.
 * @throws AegisError what kept aegisd from starting; INTERRUPTED when the signal ended the waiting
 */
export async function startAegisd(options: StartOptions): Promise<Endpoints> {
  const { home, onLine = () => {}, env = process.env, signal } = options;
  const running = await settledEndpoints(home);
  if (running !== undefined) return running;
  const { state } = homePaths(home);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const logPath = `${state}/aegisd.log`;
  const log = new LogReader(logPath);
  log.last(0);
  const child = spawnAegisd(home, logPath, env);
  const lines: string[] = [];
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await delay(POLL_MS)) {
    if (signal?.aborted) throw stillStarting(logPath);
    const ended = child.exitCode !== null || child.signalCode !== null;
    const fresh = log.fresh();
    lines.push(...fresh);
    for (const line of fresh) if (startProblem(line) === undefined) onLine(line);
    const endpoints = await readEndpoints(home);
    if (endpoints !== undefined) return endpoints;
    if (ended) throw startError(lines, logPath);
  }
  throw new AegisError('TIMEOUT', 'aegisd did not become ready', { where: logPath });
}

function stillStarting(logPath: string): AegisError {
  return new AegisError('INTERRUPTED', 'no longer waiting; aegisd goes on starting in the background', {
    where: logPath,
    remedy: '`aegisctl up` waits again, `aegisctl status` tells whether it is up.',
  });
}

/** Looks twice: a process that was killed a moment ago is still there for some milliseconds. */
async function settledEndpoints(home: string): Promise<Endpoints | undefined> {
  if ((await readEndpoints(home)) === undefined) return undefined;
  await delay(POLL_MS);
  return readEndpoints(home);
}

/** Ends aegisd in good order; components, servers and all. False when none runs. */
export async function stopAegisd(home: string): Promise<boolean> {
  const running = await readEndpoints(home);
  if (running === undefined) return false;
  const { pid, identity } = running;
  for (const deadline = Date.now() + STOP_TIMEOUT_MS; signalProcess(pid, identity, 'SIGTERM'); await delay(POLL_MS)) {
    if (Date.now() < deadline) continue;
    signalProcess(pid, identity, 'SIGKILL');
    throw new AegisError('TIMEOUT', 'aegisd did not end in good order and was killed', { where: `pid ${pid}` });
  }
  return true;
}

function spawnAegisd(home: string, logPath: string, base: NodeJS.ProcessEnv): ChildProcess {
  const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const entry = fileURLToPath(new URL(`../worker/main${suffix}`, import.meta.url));
  const log = openSync(logPath, 'a', 0o600);
  const env = { ...base, AEGIS_HOME: home };
  const child = spawn(process.execPath, [entry], { detached: true, stdio: ['ignore', log, log], env });
  closeSync(log);
  child.unref();
  return child;
}

function startError(lines: readonly string[], logPath: string): AegisError {
  const problem = lines.map(startProblem).findLast((data) => data !== undefined);
  if (problem !== undefined) return AegisError.fromData(problem);
  return new AegisError('DEPENDENCY_DOWN', `aegisd did not start: ${lines.at(-1) ?? 'it wrote nothing'}`, {
    where: logPath,
    remedy: 'The log tells more.',
  });
}

/** aegisd logs the error that ended it as one line of JSON. */
function startProblem(line: string): ErrorData | undefined {
  const at = line.indexOf('{');
  if (at < 0) return undefined;
  try {
    const data: ErrorData = JSON.parse(line.slice(at));
    return isErrorCode(data.code) ? data : undefined;
  } catch {
    return undefined;
  }
}
