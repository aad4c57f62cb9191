import { SLICE_ROWS } from '../model/wire/slice-limits.ts';
import { BatchPool } from './batch-pool.ts';
import { ColumnFeed } from './columns/column-feed.ts';
import { type Checkpoint, CursorLog } from './cursor-log.ts';
import { Merge } from './merge.ts';
import { Renderer } from './render.ts';
import { SliceRuns } from './slice-runs.ts';
import { type BatchContent, TopicCursor, type TopicSource } from './topic-cursor.ts';

export interface SliceSourceOptions {
  readonly sessionId: string;
  /** In the order of the plan. */
  readonly topics: readonly TopicSource[];
  /** Unix ms; `from` is included, `to` is not. */
  readonly from: number;
  readonly to: number;
  /** Rows at which a slice must begin, ascending: topics joined the stream there. Default: none. */
  readonly borders?: readonly number[];
  /** Spares merging from the beginning. */
  readonly resume?: Checkpoint;
  /** Slices are rendered, until {@link SliceSource.wantLines} says otherwise. Default true. */
  readonly lines?: boolean;
}

const SLICES_PER_TURN = 64;

/** The merged stream of a session, slice by slice, from any slice border. */
export class SliceSource {
  readonly runs: SliceRuns;
  readonly renderer: Renderer;
  /** Makes the columns of a slice. */
  readonly columns: ColumnFeed;
  readonly #pool = new BatchPool();
  readonly #content: BatchContent;
  /** Batches were read without what is wanted now. */
  #stale = false;
  readonly #cursors: readonly TopicCursor[];
  readonly #merge: Merge;
  readonly #origin: Checkpoint;
  readonly #log: CursorLog;
  readonly #borders: readonly number[];

  constructor({ sessionId, topics, from, to, borders = [], resume, lines = true }: SliceSourceOptions) {
    this.#content = { lines };
    this.renderer = new Renderer(
      sessionId,
      topics.map(({ topic }) => topic),
    );
    this.#cursors = topics.map((source) => new TopicCursor(source, { from, to }, this.#pool, this.#content));
    this.columns = new ColumnFeed(topics);
    this.#merge = new Merge(
      topics.flatMap(({ rank }, index) => {
        const cursor = this.#cursors[index];
        return cursor === undefined
          ? []
          : [{ cursor, rank: rank ?? index, lineOverhead: this.renderer.lineOverheads[index] ?? 0 }];
      }),
    );
    this.runs = new SliceRuns(topics.length);
    this.#origin = { seq: 0, cursors: this.#merge.positions() };
    this.#log = new CursorLog(resume ?? this.#origin);
    this.#borders = borders;
  }

  /** Number of the next row. */
  get seq(): number {
    return this.#merge.seq;
  }

  get done(): boolean {
    return this.#merge.done;
  }

  get checkpoint(): Checkpoint {
    return this.#log.checkpoint ?? this.#origin;
  }

  /** Fills `runs` with the next slice. What `runs` had before cannot be rendered any more. */
  cut(maxRows: number = SLICE_ROWS): void {
    this.#clear();
    this.#append(maxRows);
  }

  /** Fills `runs` with as many slices as one message of columns holds; their lines might not fit into one. */
  cutForColumns(): void {
    this.#clear();
    const { slicesPerMessage } = this.columns;
    for (let slice = 0; slice < slicesPerMessage && !this.done; slice++) this.#append();
  }

  /** Whether slices are rendered: JSON that nobody wants is not read. Counts from the next {@link seek} on. */
  wantLines(wanted: boolean): void {
    if (wanted && !this.#content.lines) this.#stale = true;
    this.#content.lines = wanted;
  }

  /** No position below `floor` will be asked for any more. */
  prune(floor: number): void {
    this.#log.prune(floor);
  }

  /**
   * Makes `seq` the next row: from the nearest border before it, by merging without rendering. Gives way to other work
   * between batches of slices; `signal` ends it early.
   */
  async seek(seq: number, signal: AbortSignal): Promise<void> {
    if (seq === this.#merge.seq && !this.#stale) return;
    this.#stale = false;
    const { seq: from, cursors } = this.#log.nearest(seq) ?? this.#origin;
    this.#merge.restore(from, cursors);
    for (let slices = 1; this.#merge.seq < seq && !this.#merge.done && !signal.aborted; slices++) {
      this.cut(seq - this.#merge.seq);
      if (slices % SLICES_PER_TURN === 0) await nextTurn();
    }
  }

  #clear(): void {
    this.#pool.reclaim();
    this.runs.clear();
  }

  #append(maxRows: number = SLICE_ROWS): void {
    const border = this.#borders.find((seq) => seq > this.#merge.seq) ?? Infinity;
    this.#merge.cut(this.runs, Math.min(maxRows, border - this.#merge.seq));
    this.#log.reached(this.#merge.seq, () => this.#merge.positions());
  }

  close(): void {
    for (const cursor of this.#cursors) cursor.close();
    this.columns.close();
    this.runs.clear();
    this.#pool.clear();
  }
}

/** Lets sockets and timers have their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
