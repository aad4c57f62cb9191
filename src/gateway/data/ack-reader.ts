import { isFields } from '../../model/wire/fields.ts';

/** An acknowledgement is far shorter. */
const MAX_LINE_BYTES = 1024;
const NEWLINE = 10;

/** What a piece of input amounts to: the highest acknowledgement in it, and the first line that is none. */
export interface AckInput {
  /** Rows below are processed. */
  readonly acked: number | undefined;
  readonly problem: string | undefined;
}

/** Reads the lines `{"ack":<seq>}` that a component writes after its handshake; keeps at most one short line. */
export class AckReader {
  #partial: Buffer = Buffer.alloc(0);
  /** The line in progress is too long to be an acknowledgement: its rest is passed over. */
  #skipping = false;

  read(chunk: Buffer): AckInput {
    let acked: number | undefined;
    let problem: string | undefined;
    let place = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, place)) {
      const line = this.#take(chunk.subarray(place, end));
      place = end + 1;
      if (line === undefined || line.length === 0) continue;
      const seq = ackOf(line);
      if (typeof seq === 'string') problem ??= seq;
      else acked = Math.max(acked ?? 0, seq);
    }
    if (this.#keep(chunk.subarray(place))) problem ??= `invalid line: longer than ${MAX_LINE_BYTES} bytes`;
    return { acked, problem };
  }

  #take(end: Buffer): string | undefined {
    const line = this.#skipping ? undefined : Buffer.concat([this.#partial, end]).toString('utf8').trim();
    this.#partial = Buffer.alloc(0);
    this.#skipping = false;
    return line;
  }

  /** True when the line in progress has become too long. */
  #keep(rest: Buffer): boolean {
    if (this.#skipping || rest.length === 0) return false;
    if (this.#partial.length + rest.length <= MAX_LINE_BYTES) {
      this.#partial = Buffer.concat([this.#partial, rest]);
      return false;
    }
    this.#partial = Buffer.alloc(0);
    this.#skipping = true;
    return true;
  }
}

/** The acknowledged number, or what is wrong. */
function ackOf(line: string): number | string {
  if (line.length > MAX_LINE_BYTES) return `invalid line: longer than ${MAX_LINE_BYTES} bytes`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'invalid line: an acknowledgement {"ack":<seq>} is expected';
  }
  if (!isFields(value)) return 'invalid line: an acknowledgement {"ack":<seq>} is expected';
  const { ack } = value;
  if (typeof ack === 'number' && Number.isSafeInteger(ack) && ack >= 0) return ack;
  return 'invalid ack: the number of a row is expected, from 0 on';
}
