import { LINE_END, LINE_MIDDLE, linePrefix } from '../../model/wire/line.ts';
import { topicSubject } from '../../model/wire/subjects.ts';

const MIDDLE = LINE_MIDDLE.toString('latin1');
const END = LINE_END.toString('latin1');

/** A topic's subject, and its rows as lines. */
export class RowLines {
  readonly subject: string;
  readonly #prefix: string;

  constructor(sessionId: string, topic: string) {
    this.subject = topicSubject(sessionId, topic);
    this.#prefix = linePrefix(sessionId, topic).toString('utf8');
  }

  /** `ts`: unix ms. */
  line(ts: number, json: string): Buffer {
    return Buffer.from(`${this.#prefix}${ts}${MIDDLE}${json}${END}`, 'utf8');
  }
}
