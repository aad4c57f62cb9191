import type { Bus } from '../../bus/bus.ts';
import { AegisError } from '../../model/errors.ts';
import { decodeTail, encodeTailRequest, type TailMessage, tailSubject } from '../../model/wire/tail.ts';

export interface DeliveredTailOptions {
  readonly bus: Bus;
  readonly sessionId: string;
  readonly run: number;
  /** Number of the next row of the log. */
  readonly seq: number;
  /** Default 1 000. */
  readonly timeoutMs?: number;
}

/**
 * Messages that components were given and the log does not have, in order: to be written first, as they are. Empty when there
 * are none, or no data stream server answers.
 */
export async function deliveredTail(options: DeliveredTailOptions): Promise<TailMessage[]> {
  const { bus, sessionId, run, timeoutMs = 1_000 } = options;
  const tail: TailMessage[] = [];
  let { seq } = options;
  try {
    for (;;) {
      const answer = await bus.request(tailSubject(sessionId), encodeTailRequest({ run, seq }), { timeoutMs });
      const messages = decodeTail(answer).filter((message) => message.seq >= seq);
      if (messages[0] !== undefined && messages[0].seq !== seq) return tail;
      const last = messages.at(-1);
      if (last === undefined) return tail;
      tail.push(...messages);
      seq = last.seq + last.rows;
    }
  } catch (error) {
    // The server then tells the components which rows do not count.
    if (AegisError.is(error) && (error.code === 'TIMEOUT' || error.code === 'DEPENDENCY_DOWN')) return tail;
    throw error;
  }
}
