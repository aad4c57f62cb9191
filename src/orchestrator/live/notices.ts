import { appendFileSync } from 'node:fs';

export interface NoticesOptions {
  /** Gets what belongs into the session's record. */
  readonly tell: (event: string, text: string) => void;
  /** File with every notice, one JSON object per line. */
  readonly path: string;
  /** What comes within this of each other is told together; default 200 ms. */
  readonly gatherMs?: number;
}

const WINDOW_MS = 60_000;
/** Of one kind of event: a storm of gaps must not hide a lost connection, nor fill the session's history. */
const TOLD_PER_WINDOW = 30;
const LONGEST_TEXT = 2_000;

/**
 * What happens to a realtime stream, for operators: line by line in `stream.ndjson` of the run, gathered in the session's
 * record, which must stay small.
 */
export class Notices {
  readonly #options: NoticesOptions;
  readonly #gathered = new Map<string, string[]>();
  readonly #told = new Map<string, number>();
  #untold = 0;
  #windowEnds = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  add(event: string, text: string): void {
    const line = JSON.stringify({ at: Date.now(), event, text });
    appendFileSync(this.#options.path, `${line}\n`, { mode: 0o600 });
    const texts = this.#gathered.get(event);
    if (texts === undefined) this.#gathered.set(event, [text]);
    else texts.push(text);
    this.#timer ??= setTimeout(() => this.flush(), this.#options.gatherMs ?? 200);
  }

  /** Tells at once what was gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#turnWindow(Date.now());
    for (const [event, texts] of this.#gathered) this.#tell(event, texts);
    this.#gathered.clear();
  }

  #tell(event: string, texts: readonly string[]): void {
    const told = this.#told.get(event) ?? 0;
    if (told >= TOLD_PER_WINDOW) {
      this.#untold += texts.length;
      return;
    }
    this.#told.set(event, told + 1);
    this.#options.tell(event, joined(texts));
  }

  #turnWindow(now: number): void {
    if (now < this.#windowEnds) return;
    const untold = this.#untold;
    this.#windowEnds = now + WINDOW_MS;
    this.#told.clear();
    this.#untold = 0;
    if (untold > 0) this.#options.tell('stream', `${untold} more events are in stream.ndjson of the run`);
  }
}

function joined(texts: readonly string[]): string {
  let text = texts[0] ?? '';
  for (const [index, next] of texts.entries()) {
    if (index === 0) continue;
    if (text.length + next.length > LONGEST_TEXT) return `${text}; and ${texts.length - index} more in stream.ndjson`;
    text = `${text}; ${next}`;
  }
  return text;
}
