/** What a component that has asked for it is told between two rows of a realtime stream. */
export type StreamNotice =
  /** Its rows come from the log, later than others get them. `lag` is asked when the line is written. */
  | { readonly kind: 'behind'; readonly lag: () => { readonly rows: number; readonly ms: number } }
  | { readonly kind: 'live' }
  /**
   * The log had dropped rows before the component took them, or (`void`) it was given rows that the log does not have:
   * others follow under these numbers. The numbers are those of the merged stream, both included.
   */
  | { readonly kind: 'lost' | 'void'; readonly from: number; readonly to: number };

/** Notices that wait for the end of a row. */
export class NoticeQueue {
  #waiting: StreamNotice[] = [];

  add(notice: StreamNotice): void {
    const last = this.#waiting.at(-1);
    // It was behind and is not any more before it could be told.
    if (notice.kind === 'live' && last?.kind === 'behind') this.#waiting.pop();
    else this.#waiting.push(notice);
  }

  /** The lines of all that wait; undefined when there is nothing to say. */
  take(): Buffer | undefined {
    if (this.#waiting.length === 0) return undefined;
    const lines = this.#waiting.map((notice) => `${JSON.stringify(lineOf(notice))}\n`).join('');
    this.#waiting = [];
    return Buffer.from(lines, 'utf8');
  }
}

function lineOf(notice: StreamNotice): object {
  switch (notice.kind) {
    case 'behind':
      return { status: 'behind', ...notice.lag() };
    case 'live':
      return { status: 'live' };
    case 'lost':
    case 'void':
      return { status: notice.kind, from: notice.from, to: notice.to };
  }
}
