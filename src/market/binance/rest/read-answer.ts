import { AegisError } from '../../../model/errors.ts';
import { Malformed } from '../stream/fields.ts';

/** What `read` makes of an answer. Throws EXCHANGE_ANSWER in place of Malformed. */
export function readAnswer<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new AegisError('EXCHANGE_ANSWER', `an answer of the exchange cannot be read: ${error.message}`, {
      where,
      cause: error,
    });
  }
}
