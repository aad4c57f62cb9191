import { AegisError } from '../model/errors.ts';
import { LINE_END, LINE_MIDDLE, linePrefix } from '../model/wire/line.ts';

/** One line of a topic, taken apart. */
export interface TopicLine {
  /** Unix ms. */
  readonly ts: number;
  /** Its `data`, as it was rendered. */
  readonly json: string;
}

const NEWLINE = 10;
const ZERO = 48;
const MIDDLE = LINE_MIDDLE.toString('latin1');
/** Without the newline. */
const CLOSE = LINE_END.length - 1;

/** Takes the lines of one topic apart, so that the envelope put around them again gives the same bytes. */
export class TopicLines {
  readonly #topic: string;
  readonly #prefix: Buffer;

  constructor(sessionId: string, topic: string) {
    this.#topic = topic;
    this.#prefix = linePrefix(sessionId, topic);
  }

  /** Throws STREAM_FAILED when a line has another form. */
  *of(payload: Uint8Array): Generator<TopicLine> {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) throw this.#otherForm(bytes.subarray(start));
      yield this.#line(bytes.subarray(start, end));
      start = end + 1;
    }
  }

  #line(line: Buffer): TopicLine {
    const { length } = this.#prefix;
    let place = length;
    let ts = 0;
    for (let digit = digitAt(line, place); digit !== undefined; digit = digitAt(line, place)) {
      ts = 10 * ts + digit;
      place += 1;
    }
    const data = place + MIDDLE.length;
    const known =
      line.compare(this.#prefix, 0, length, 0, length) === 0 &&
      place > length &&
      line.toString('latin1', place, data) === MIDDLE &&
      line[line.length - CLOSE] === LINE_END[0];
    if (!known) throw this.#otherForm(line);
    return { ts, json: line.toString('utf8', data, line.length - CLOSE) };
  }

  #otherForm(line: Buffer): AegisError {
    const text = line.toString('utf8', 0, 200);
    return new AegisError('STREAM_FAILED', `a line of the log is not one of its topic: ${text}`, {
      where: `topic ${this.#topic}`,
    });
  }
}

function digitAt(line: Buffer, place: number): number | undefined {
  const digit = (line[place] ?? 0) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : undefined;
}
