import { messageOf } from '../errors.ts';

/**
 * Messages on a session's subjects that cannot be read. Anybody with access to NATS can publish there, so they are
 * counted and ignored; the first one is told, for the log.
 */
export class UnreadableMessages {
  readonly #warn: (text: string) => void;
  #count = 0;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  get count(): number {
    return this.#count;
  }

  /** What `read` gives, or undefined when it throws. */
  attempt<T>(subject: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#count += 1;
      if (this.#count === 1) this.#warn(`${subject}: ${messageOf(error)}; ignored, as all such messages will be`);
      return undefined;
    }
  }
}
