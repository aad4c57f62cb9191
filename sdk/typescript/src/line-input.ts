const NEWLINE = 10;
const EMPTY: Buffer = Buffer.alloc(0);
const STATUS = Buffer.from('{"status":');

/** Takes what comes after the answer to the handshake: rows as JSON lines; lines with `status` among them are not rows. */
export class LineInput {
  /** Takes such a line. */
  readonly #onLine: (line: string) => void;
  #rest: Buffer = EMPTY;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Whole rows. @throws what `onLine` throws */
  take(chunk: Buffer): Buffer {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    // Statements come before the first row, at most one after the answer.
    while (startsAt(data, start)) {
      const end = data.indexOf(NEWLINE, start) + 1;
      if (end === 0) break;
      this.#onLine(data.toString('utf8', start, end));
      start = end;
    }
    const end = Math.max(start, data.lastIndexOf(NEWLINE) + 1);
    this.#rest = data.subarray(end);
    if (end === start) return EMPTY;
    const last = Math.max(start, data.lastIndexOf(NEWLINE, end - 2) + 1);
    // What is wrong, before Aegis closes the connection.
    if (startsAt(data, last)) this.#onLine(data.toString('utf8', last, end));
    return data.subarray(start, end);
  }
}

function startsAt(data: Buffer, start: number): boolean {
  return (
    data.length - start >= STATUS.length && data.compare(STATUS, 0, STATUS.length, start, start + STATUS.length) === 0
  );
}
