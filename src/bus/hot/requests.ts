import { randomBytes } from 'node:crypto';
import { AegisError } from '../../model/errors.ts';
import { statusOf } from './header.ts';
import type { Incoming } from './parser.ts';

const NO_RESPONDERS = 503;

interface Pending {
  readonly subject: string;
  readonly answer: PromiseWithResolvers<Uint8Array>;
  readonly timer: NodeJS.Timeout;
}

/** Questions that are on their way, and one inbox for their answers. */
export class Requests {
  readonly #inbox = `_INBOX.${randomBytes(12).toString('hex')}`;
  readonly #pending = new Map<string, Pending>();
  #asked = 0;

  /** The subject on which all answers come. */
  get inbox(): string {
    return `${this.#inbox}.*`;
  }

  /** The subject for the answer to a new question. */
  reply(): string {
    return `${this.#inbox}.${++this.#asked}`;
  }

  /** The answer to a question about `subject` that was sent. Throws TIMEOUT when none comes within `timeoutMs`. */
  answer(reply: string, { subject, timeoutMs }: { readonly subject: string; readonly timeoutMs: number }) {
    const answer = Promise.withResolvers<Uint8Array>();
    const timer = setTimeout(
      () => this.#fail(reply, 'TIMEOUT', `no answer over NATS within ${timeoutMs} ms`),
      timeoutMs,
    );
    this.#pending.set(reply, { subject, answer, timer });
    return answer.promise;
  }

  onAnswer({ subject: reply, header, payload }: Incoming): void {
    if (header !== undefined && payload.length === 0 && statusOf(header) === NO_RESPONDERS) {
      this.#fail(reply, 'TIMEOUT', 'no answer over NATS: nobody listens');
    } else this.#take(reply)?.answer.resolve(payload);
  }

  /** The connection is lost: no answer will come. */
  failAll(): void {
    for (const reply of [...this.#pending.keys()]) {
      this.#fail(reply, 'DEPENDENCY_DOWN', 'the connection to NATS was lost before the answer');
    }
  }

  #fail(reply: string, code: 'TIMEOUT' | 'DEPENDENCY_DOWN', text: string): void {
    const pending = this.#take(reply);
    pending?.answer.reject(new AegisError(code, text, { where: pending.subject }));
  }

  #take(reply: string): Pending | undefined {
    const pending = this.#pending.get(reply);
    clearTimeout(pending?.timer);
    this.#pending.delete(reply);
    return pending;
  }
}
