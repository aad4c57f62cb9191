import { setTimeout as delay } from 'node:timers/promises';
import type { SessionHandle } from '../../src/client/index.ts';
import { type BenchResult, type ProcessResult, resultOf } from '../result.ts';
import { type AttachOptions, timed } from './attach.ts';
import { type Census, census } from './census.ts';
import { type ControlStage, endSession, onStage, SLOW_LAUNCH } from './stage.ts';

export interface SessionsOptions extends Omit<AttachOptions, 'runs'> {
  /** Sessions at once; default 200. */
  readonly count?: number;
  /** How long they are watched, min; default 10. */
  readonly minutes?: number;
}

/** Rows for as long as it takes to hold the stream: a session that is paused is RUNNING and idle. */
const TRADES_PER_DAY = 200_000;
const STARTED_AT_ONCE = 6;
/** What was in flight when the last session was held is taken by then. */
const SETTLED_MS = 20_000;
const SAMPLE_EVERY_MS = 15_000;
const UPDATES_FOR_MS = 10_000;
const UPDATES_AT_ONCE = 16;
const START_TIMEOUT_MS = 300_000;

/**
 * So many sessions RUNNING at once, each with a Python component, a data stream server and an orchestrator, their streams
 * held. Fails when one of them is no longer RUNNING at the end, or was not all the time.
 */
export async function measureSessions(options: SessionsOptions): Promise<BenchResult[]> {
  const { folder, count = 200, minutes = 10, onProgress = () => {} } = options;
  return onStage({ folder, tradesPerDay: TRADES_PER_DAY }, async (stage) => {
    const sessions: SessionHandle[] = [];
    const startMs = await timed(() => startAll(stage, count, sessions, onProgress));
    onProgress(`${count} sessions: what is in flight is delivered`);
    await delay(SETTLED_MS);
    const samples: Sample[] = [];
    for (const end = performance.now() + minutes * 60_000; ; ) {
      samples.push({ at: performance.now(), census: census(stage.home) });
      const left = end - performance.now();
      if (left <= 0) break;
      onProgress(`${count} sessions: watched for another ${Math.ceil(left / 60_000)} min`);
      await delay(Math.min(SAMPLE_EVERY_MS, left));
    }
    await checkIdle(sessions);
    const rate = await updatesPerSecond(sessions);
    onProgress(`${count} sessions: ending`);
    await inParallel(sessions, endSession);

    const note = `${count} sessions RUNNING, held, for ${minutes} min`;
    const totals = samples.map((each) => sum(each.census, ({ memoryMb }) => memoryMb));
    const cores = samples.slice(1).map((each, index) => coresBetween(samples[index], each));
    return [
      resultOf('sessions at once', 'sessions', 'RUNNING from the first look to the last', [count]),
      { ...resultOf('memory', 'MB', `${note}; shared pages once`, totals), processes: classesOf(samples) },
      resultOf(
        'memory of a session',
        'MB',
        'its three processes and its share of the others',
        totals.map((mb) => mb / count),
      ),
      resultOf('CPU, idle', 'cores', note, cores),
      resultOf('updates', '/s', `over ${count} sessions, ${UPDATES_AT_ONCE} at once`, [rate]),
      resultOf('sessions started', '/min', 'create to RUNNING and held', [(count * 60_000) / startMs]),
    ];
  });
}

async function startAll(
  stage: ControlStage,
  count: number,
  started: SessionHandle[],
  onProgress: (text: string) => void,
): Promise<void> {
  // The first one imports the archives.
  started.push(await startHeld(stage, 'idle-0'));
  const names = Array.from({ length: count - 1 }, (_, index) => `idle-${index + 1}`);
  await inParallel(names, async (name) => {
    started.push(await startHeld(stage, name));
    onProgress(`${started.length} of ${count} sessions are RUNNING`);
  });
}

async function startHeld(stage: ControlStage, name: string): Promise<SessionHandle> {
  const session = await stage.create(name);
  await session.attach({ name: 'counter', launch: SLOW_LAUNCH });
  // One that never comes: to configure it is an update and nothing else.
  await session.attach({ name: 'nobody', required: false });
  await session.start();
  await session.waitFor(['RUNNING'], { timeoutMs: START_TIMEOUT_MS });
  await session.pause();
  return session;
}

async function checkIdle(sessions: readonly SessionHandle[]): Promise<void> {
  for (const session of sessions) {
    const { state, paused, components } = await session.state();
    const restarts = components.reduce((total, component) => total + component.restarts, 0);
    if (state !== 'RUNNING' || !paused || restarts > 0) {
      throw new Error(`session ${session.name} is ${state}, paused: ${paused}, restarts: ${restarts}`);
    }
    const broken = (await session.events()).find(({ event }) => /lost|absent|failed|exited/i.test(event));
    if (broken !== undefined) throw new Error(`session ${session.name}: ${broken.event} ${broken.text ?? ''}`);
  }
}

async function updatesPerSecond(sessions: readonly SessionHandle[]): Promise<number> {
  const began = performance.now();
  let done = 0;
  const client = async (first: number) => {
    for (let index = first; performance.now() - began < UPDATES_FOR_MS; index += UPDATES_AT_ONCE) {
      await sessions[index % sessions.length]?.configure('nobody', { index });
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: UPDATES_AT_ONCE }, (_, index) => client(index)));
  return done / ((performance.now() - began) / 1_000);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: STARTED_AT_ONCE }, worker));
}

interface Sample {
  readonly at: number;
  readonly census: Census;
}

function coresBetween(before: Sample | undefined, after: Sample): number {
  if (before === undefined) return Number.NaN;
  const spent = sum(after.census, ({ cpu }) => cpu) - sum(before.census, ({ cpu }) => cpu);
  return spent / ((after.at - before.at) / 1_000);
}

/** Of each kind: the most of one process, on average over its kind. */
function classesOf(samples: readonly Sample[]): ProcessResult[] {
  const names = [...new Set(samples.flatMap((each) => [...each.census.keys()]))];
  return names.map((name) => {
    const ofKind = samples.flatMap((each) => each.census.get(name) ?? []);
    const most = Math.max(...ofKind.map(({ processes }) => processes));
    const peakMb = Math.max(...ofKind.map(({ memoryMb, processes }) => memoryMb / processes));
    return { name: most > 1 ? `${name} (each of ${most})` : name, peakMb };
  });
}

function sum(figures: Census, of: (figures: NonNullable<ReturnType<Census['get']>>) => number): number {
  return [...figures.values()].reduce((total, each) => total + of(each), 0);
}
