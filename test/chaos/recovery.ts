import { setTimeout as delay } from 'node:timers/promises';
import { isLive } from '../../src/model/component-state.ts';
import type { Session } from '../../src/model/session.ts';
import { type Arena, askState, flowOf } from './arena.ts';
import { type Fault, killedComponents, type ProcessKind } from './fault.ts';
import { type Flow, hasMoved, placeOf } from './flow.ts';
import type { Struck } from './strike.ts';

/** Longer than any back-off adds up to, ms. */
const LIMIT_MS = 90_000;
const LOOK_EVERY_MS = 10;
const ASK_EVERY_MS = 100;
const ANSWER_MS = 2_000;

/** After the death of one of these another orchestrator feeds the stream. */
const FEEDERS: readonly ProcessKind[] = ['orchestrator', 'aegisd'];
/** After the death of one of these the orchestrator and the data stream server agree anew. */
const LINKS: readonly ProcessKind[] = ['data-stream-server', 'nats-server'];
/** Without which a session does not answer. */
const ANSWERS: readonly ProcessKind[] = ['aegisd', 'temporal'];

/**
 * Waits until every component has got rows again and, after faults of the control plane, the session answers, which says
 * that killed components are RUNNING again; ms since the end of the fault. What was in flight does not count: after the
 * death of a process that feeds the stream, rows count from the new agreement on.
 * @throws Error when the session fails or nothing comes within 90 s
 */
export async function recovery(arena: Arena, fault: Fault, struck: Struck): Promise<number> {
  const answers = new Answers(arena, isBack(arena, fault, struck));
  try {
    const data = flowsAgain(arena, fault, struck);
    const control = needsAnswer(fault) ? answers.back : undefined;
    await Promise.race([Promise.all([data, control]), answers.failure]);
    return performance.now() - struck.at;
  } finally {
    await answers.end();
  }
}

async function flowsAgain(arena: Arena, fault: Fault, { feed, before, at }: Struck): Promise<void> {
  for (; performance.now() < at + LIMIT_MS; await delay(LOOK_EVERY_MS)) {
    const now = flowOf(arena);
    if (hasMoved(before, now, arena.totals) && isFed(fault, feed, now)) return;
  }
  const now = flowOf(arena);
  const left = arena.components.map(({ id, name }) => {
    return `${name} ${placeOf(before, id).given} → ${placeOf(now, id).given} of ${arena.totals.get(id)}`;
  });
  const { epoch, attempt } = now;
  const feeds = `epoch ${feed.epoch} → ${epoch}, orchestrator ${feed.attempt} → ${attempt}`;
  throw new Error(`no recovery within ${LIMIT_MS} ms: ${left.join(', ')}; ${feeds}`);
}

/** What is in flight goes on without those who feed the stream: they must be back. */
function isFed(fault: Fault, before: Struck['feed'], now: Flow): boolean {
  const killed = (kinds: readonly ProcessKind[]) =>
    fault.type === 'power-loss' ||
    fault.strikes.some(({ kind, signal }) => signal === 'SIGKILL' && kinds.includes(kind));
  return (!killed(FEEDERS) || now.attempt > before.attempt) && (!killed(LINKS) || now.epoch > before.epoch);
}

function needsAnswer(fault: Fault): boolean {
  if (fault.type === 'power-loss') return true;
  return fault.strikes.some(
    ({ kind, signal }) => ANSWERS.includes(kind) || (kind === 'component' && signal === 'SIGKILL'),
  );
}

/** Whether other processes of the killed components are RUNNING. */
function isBack({ components }: Arena, fault: Fault, { incarnations }: Struck): (session: Session) => boolean {
  const killed = killedComponents(fault, components.length).map((index) => components[index]?.id);
  return (session) =>
    session.components.every(({ id, incarnation, state }) => {
      return !killed.includes(id) || (incarnation > (incarnations.get(id) ?? 0) && isLive(state));
    });
}

/** Asks the session again and again; questions that hang do not keep the next from being asked. */
class Answers {
  /** The session has answered that everybody is back. */
  readonly back: Promise<void>;
  /** Rejects when the session has failed. */
  readonly failure: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  readonly #open = new Set<Promise<void>>();

  constructor(arena: Arena, isBack: (session: Session) => boolean) {
    const back = Promise.withResolvers<void>();
    const failure = Promise.withResolvers<never>();
    const deadline = performance.now() + LIMIT_MS;
    this.back = back.promise;
    this.failure = failure.promise;
    this.failure.catch(() => {});
    const look = async () => {
      if (performance.now() > deadline) failure.reject(new Error(`not everybody is back within ${LIMIT_MS} ms`));
      const session = await askState(arena, ANSWER_MS);
      if (session?.state === 'FAILED') failure.reject(new Error(`FAILED: ${JSON.stringify(session.failure)}`));
      if (session !== undefined && isBack(session)) back.resolve();
    };
    this.#timer = setInterval(() => {
      const asked = look().finally(() => this.#open.delete(asked));
      this.#open.add(asked);
    }, ASK_EVERY_MS);
  }

  /** A question that Temporal's client still repeats when it is closed ends the whole process. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }
}
