import { setTimeout as delay } from 'node:timers/promises';
import { type Arena, askState, flowOf } from './arena.ts';
import type { Fault, ProcessKind } from './fault.ts';
import { hasMoved } from './flow.ts';
import type { Struck } from './strike.ts';

/** Longer than any back-off adds up to, ms. */
const LIMIT_MS = 90_000;
const LOOK_EVERY_MS = 10;
const ASK_EVERY_MS = 250;
const ANSWER_MS = 2_000;

/** Whose death makes the orchestrator and the data stream server agree anew. */
const FEEDS: readonly ProcessKind[] = ['orchestrator', 'data-stream-server', 'aegisd', 'nats-server'];
/** Without which a session does not answer. */
const ANSWERS: readonly ProcessKind[] = ['aegisd', 'temporal'];

/**
 * Waits until every component has got rows again and, after faults of the control plane, the session answers; ms since
 * the end of the fault. What was in flight does not count: after the death of a process that feeds the stream, rows count
 * from the new agreement on.
 * @throws Error when the session fails or nothing comes within 90 s
 */
export async function recovery(arena: Arena, fault: Fault, struck: Struck): Promise<number> {
  const answers = new Answers(arena);
  try {
    const data = flowsAgain(arena, fault, struck);
    const control = needsAnswer(fault) ? answers.first : undefined;
    await Promise.race([Promise.all([data, control]), answers.failure]);
    return performance.now() - struck.at;
  } finally {
    answers.end();
  }
}

async function flowsAgain(arena: Arena, fault: Fault, { epoch, before, at }: Struck): Promise<void> {
  for (; performance.now() < at + LIMIT_MS; await delay(LOOK_EVERY_MS)) {
    const now = flowOf(arena);
    if (hasMoved(before, now, arena.totals) && (now.epoch > epoch || !needsAgreement(fault))) return;
  }
  const left = [...arena.totals].map(([id, total]) => {
    const name = arena.components.find((component) => component.id === id)?.name;
    return `${name} ${before.given.get(id)} → ${flowOf(arena).given.get(id)} of ${total}`;
  });
  throw new Error(`no recovery within ${LIMIT_MS} ms: ${left.join(', ')}; epoch ${epoch} → ${flowOf(arena).epoch}`);
}

function needsAgreement(fault: Fault): boolean {
  if (fault.type === 'power-loss') return true;
  return fault.strikes.some(({ kind, signal }) => signal === 'SIGKILL' && FEEDS.includes(kind));
}

function needsAnswer(fault: Fault): boolean {
  return fault.type === 'power-loss' || fault.strikes.some(({ kind }) => ANSWERS.includes(kind));
}

/** Asks the session again and again; questions that hang do not keep the next from being asked. */
class Answers {
  readonly first: Promise<void>;
  /** Rejects when the session has failed. */
  readonly failure: Promise<never>;
  readonly #timer: NodeJS.Timeout;

  constructor(arena: Arena) {
    const first = Promise.withResolvers<void>();
    const failure = Promise.withResolvers<never>();
    this.first = first.promise;
    this.failure = failure.promise;
    this.failure.catch(() => {});
    this.#timer = setInterval(async () => {
      const session = await askState(arena, ANSWER_MS);
      if (session?.state === 'FAILED') failure.reject(new Error(`FAILED: ${JSON.stringify(session.failure)}`));
      if (session !== undefined) first.resolve();
    }, ASK_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
