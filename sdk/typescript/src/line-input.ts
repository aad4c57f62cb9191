const NEWLINE = 10;
const STATUS = Buffer.from('{"status":');

/** Takes what comes after the answer to the handshake: rows as JSON lines; lines with `status` among them are not rows. */
export class LineInput {
  /** Takes such a line. */
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Whole rows, and how many bytes are dealt with: the others are to come again with more. @throws what `onLine` throws */
  take(data: Buffer): { readonly rows: Buffer; readonly bytes: number } {
    let start = 0;
    // Statements come before the first row, at most one after the answer.
    while (startsAt(data, start)) {
      const end = data.indexOf(NEWLINE, start) + 1;
      if (end === 0) break;
      this.#onLine(data.toString('utf8', start, end));
      start = end;
    }
    const end = Math.max(start, data.lastIndexOf(NEWLINE) + 1);
    const rows = data.subarray(start, end);
    const last = rows.lastIndexOf(NEWLINE, rows.length - 2) + 1;
    // What is wrong, before Aegis closes the connection.
    if (startsAt(rows, last)) this.#onLine(rows.toString('utf8', last));
    return { rows, bytes: end };
  }
}

function startsAt(data: Buffer, start: number): boolean {
  return (
    data.length - start >= STATUS.length && data.compare(STATUS, 0, STATUS.length, start, start + STATUS.length) === 0
  );
}
