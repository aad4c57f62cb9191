import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../../bus/bus.ts';
import { AegisError } from '../../model/errors.ts';
import { decodeTail, encodeTailRequest, type TailMessage, tailSubject } from '../../model/wire/tail.ts';

export interface DeliveredTailOptions {
  readonly bus: Bus;
  readonly sessionId: string;
  readonly run: number;
  /** Number of the next row of the log. */
  readonly seq: number;
  /** The server may have to be started, or to find NATS again first: so long is asked, ms. Default 5 000. */
  readonly withinMs?: number;
}

const AGAIN_MS = 100;

/**
 * Messages that components were given and the log does not have, in order: to be written first, as they are. Empty when there
 * are none, or no data stream server answers.
 */
export async function deliveredTail(options: DeliveredTailOptions): Promise<TailMessage[]> {
  const { seq, withinMs = 5_000 } = options;
  const deadline = performance.now() + withinMs;
  const tail: TailMessage[] = [];
  for (let next = seq; ; ) {
    const messages = await ask(options, next, deadline);
    const last = messages.at(-1);
    // Without an answer the server tells the components which rows do not count.
    if (last === undefined || messages[0]?.seq !== next) return tail;
    tail.push(...messages);
    next = last.seq + last.rows;
  }
}

async function ask(
  { bus, sessionId, run }: DeliveredTailOptions,
  seq: number,
  deadline: number,
): Promise<TailMessage[]> {
  for (;;) {
    const timeoutMs = Math.max(AGAIN_MS, deadline - performance.now());
    try {
      return decodeTail(await bus.request(tailSubject(sessionId), encodeTailRequest({ run, seq }), { timeoutMs }));
    } catch (error) {
      if (!AegisError.is(error) || (error.code !== 'TIMEOUT' && error.code !== 'DEPENDENCY_DOWN')) throw error;
      if (performance.now() + AGAIN_MS > deadline) return [];
      await delay(AGAIN_MS);
    }
  }
}
