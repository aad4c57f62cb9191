import type { ArrowBatch } from './arrow-batch.ts';
import { type ArrowLibrary, type Format, loadArrow } from './arrow-library.ts';
import { Batch } from './batch.ts';
import type { Asked } from './configuring.ts';
import { Engine } from './engine.ts';
import { AegisError } from './errors.ts';
import { Log } from './log.ts';
import { Position, type Recovery, type StoredPosition } from './position.ts';
import type { Configuration, Fields } from './protocol.ts';
import { RowIterator } from './row-iterator.ts';
import type { Row, Stream } from './rows.ts';
import { settingsFrom } from './settings.ts';

/** The operator's configuration, as JSON gave it. */
export type Config = Fields;

export interface ComponentOptions<S extends Stream> {
  /** What the component is to get, for each of `symbols`. Default: nothing. */
  readonly streams?: readonly S[];
  readonly symbols?: readonly string[];
  /** For klines and klineUpdates, for example `1m`. */
  readonly timeframes?: readonly string[];
  /** For orderBook: `100ms` (the default of Aegis), `250ms`, `500ms`. */
  readonly orderBookSpeeds?: readonly string[];
  /** Where Aegis gives none. Default: the name of the class. */
  readonly name?: string;
  /** Free text for the operator. Default `0.1.0`. */
  readonly version?: string;
  /** What a process gets that is started again in the middle of a run. Default `resume`. */
  readonly recovery?: Recovery;
  /** Compute the hash of the stream, for `streamHash()`. Default false. */
  readonly streamHash?: boolean;
}

type Pending = void | Promise<void>;

/**
 * A component. Override the hooks and call `run`; or iterate `rows()` or `batches()`. Hooks are called one after another
 * and may be async. Aegis gets its answers from another thread, so a hook may take its time.
 */
export class Component<S extends Stream = Stream> {
  readonly #options: ComponentOptions<S>;
  #log: Log;
  #engine: Engine | undefined;
  #configuration: Configuration | undefined;
  #mode = '';
  #session = '';
  #failed = false;
  #stored: StoredPosition | undefined;

  constructor(options: ComponentOptions<S> = {}) {
    this.#options = options;
    this.#log = new Log(this.#name);
  }

  /** The operator's configuration, before everything else. Must return within 15 s. */
  onConfigure(_config: Config): Pending {}

  /**
   * The operator has changed the configuration while the component runs; `config` is the former one until this returns.
   * An exception refuses it, and the component goes on with the former one. Must return within 8 s. A component without
   * this hook gets no change while it runs.
   */
  onReconfigure?(config: Config): Pending;

  /** The component is RUNNING; rows follow. */
  onStart(): Pending {}

  /** Rows that arrived together, in order. By default each is given to `onRow`. */
  onRows(batch: Batch<S>): Pending {
    return this.#eachRow(batch);
  }

  /**
   * Rows that arrived together, as columns. A component that has this hook gets its rows here alone, in the format
   * `arrow`; it needs the package apache-arrow.
   */
  onArrow?(batch: ArrowBatch): Pending;

  /** One row. */
  onRow(_row: Row<S>): Pending {}

  /**
   * After a restart in the middle of a run: the rows that an earlier process was given have come again, and what follows
   * is new. Not called when there are none.
   */
  onCaughtUp(): Pending {}

  /** The session runs again: forget what belongs to the last run. Must return within 15 s. */
  onReborn(): Pending {}

  /** The session is shut down. Aegis ends the process after 2 s. */
  onStop(): Pending {}

  get log(): Log {
    return this.#log;
  }

  /** `historical` or `realtime`. */
  get mode(): string {
    return this.#mode;
  }

  /** Name of the session. */
  get session(): string {
    return this.#session;
  }

  /** What the operator gave with the component; empty before onConfigure. */
  get config(): Config {
    return this.#configuration?.config ?? {};
  }

  /** The short topics that follow from the declaration; empty before onConfigure. */
  get topics(): readonly string[] {
    return this.#configuration?.topics ?? [];
  }

  /**
   * Runs the component until the end of the session, then exits: with 0, or with 1 after an exception, which is reported
   * to the session. `main` iterates `rows()` or `batches()`; without it `onRows` gets the rows.
   */
  async run(main?: () => Promise<void>): Promise<never> {
    try {
      if (main === undefined) {
        await this.#dispatch();
      } else {
        await main();
        await this.#leave();
      }
    } catch (error) {
      await this.#fail(error);
      process.exit(1);
    }
    process.exit(this.#failed ? 1 : 0);
  }

  /** The rows, until the session is shut down. The other hooks are called in between. */
  rows(): AsyncGenerator<Row<S>, void> {
    return new RowIterator(this.batches());
  }

  /**
   * The rows as they arrived together, until the session is shut down. Format `ndjson`, the default: rows and JSON lines,
   * faster than `rows`. `arrow`: columns, the fastest; it needs the package apache-arrow.
   */
  batches(options?: { readonly format?: 'ndjson' }): AsyncGenerator<Batch<S>, void>;
  batches(options: { readonly format: 'arrow' }): AsyncGenerator<ArrowBatch, void>;
  async *batches({
    format = 'ndjson',
  }: {
    readonly format?: Format;
  } = {}): AsyncGenerator<Batch<S> | ArrowBatch, void> {
    const engine = this.#open(format === 'arrow' ? await loadArrow() : undefined);
    for (;;) {
      const event = await engine.next();
      switch (event.type) {
        case 'rows':
          yield event.batch instanceof Batch ? new Batch<S>(event.batch.lines, event.batch) : event.batch;
          engine.handled(event.batch);
          break;
        case 'caughtUp':
          await this.onCaughtUp();
          break;
        case 'configured':
          await this.#configure(engine, event.asked);
          break;
        case 'running':
          await this.onStart();
          break;
        case 'reborn':
          await this.onReborn();
          engine.reborn(event);
          break;
        default:
          await this.onStop();
          await engine.ended(event);
          return;
      }
    }
  }

  /** Rows are handed over that an earlier process of this component was given in this run; then onCaughtUp. */
  get replaying(): boolean {
    return this.#engine?.replaying === true;
  }

  /**
   * In the first onConfigure: the stream is to begin with row `seq` of run `run`, because the component has stored what
   * it made of the rows before, with `batch.run` and `batch.nextSeq` in the same step. Each row then counts exactly once
   * over all crashes. If another run is going on, it begins with that one's first row.
   */
  resumeFrom(run: number, seq: number): void {
    if (this.#options.recovery === 'replay') {
      throw new AegisError("resumeFrom cannot be used with recovery: 'replay', which begins with the first row");
    }
    this.#stored = { run, from: seq };
  }

  /** Reports WAITING: alive, but not at work. The message is for the operator. */
  waiting(message = ''): void {
    this.#opened().control.send({ type: 'setState', state: 'WAITING', message });
  }

  /** Reports RUNNING again. */
  running(message = ''): void {
    this.#opened().control.send({ type: 'setState', state: 'RUNNING', message });
  }

  /**
   * Reports an error to the session. One that is not recoverable ends the component: Aegis answers it with SHUTDOWN, and
   * `run` then exits with code 1.
   */
  error(code: string, message: string, recoverable = true): void {
    if (!recoverable) this.#failed = true;
    this.#log.error(message, { code, recoverable });
    this.#opened().control.send({ type: 'error', code, message, recoverable });
  }

  /** Leaves the session: onStop is called, and the session forgets the component's topics. */
  stop(): void {
    this.#opened().leave();
  }

  /** Of all rows that were handed over since the start or the last REBORN, as Aegis reports it for a run. */
  streamHash(): string {
    if (this.#options.streamHash !== true) {
      throw new AegisError('the stream hash was not asked for: give the component streamHash: true');
    }
    return this.#opened().streamHash;
  }

  async #configure(engine: Engine, asked: Asked): Promise<void> {
    const { configuration } = asked;
    if (this.#configuration === undefined || this.onReconfigure === undefined) {
      await this.onConfigure(configuration.config);
    } else {
      try {
        await this.onReconfigure(configuration.config);
      } catch (error) {
        const { message, traceback } = described(error);
        this.#log.error(message, { code: 'CONFIGURE_FAILED', recoverable: true, traceback });
        engine.control.send({ type: 'configured', asked, problem: message });
        return;
      }
    }
    this.#configuration = configuration;
    engine.configured(asked, new Position(this.#options.recovery ?? 'resume', this.#stored));
  }

  async #dispatch(): Promise<void> {
    if (this.onArrow === undefined) {
      for await (const batch of this.batches()) await this.onRows(batch);
    } else {
      for await (const batch of this.batches({ format: 'arrow' })) await this.onArrow(batch);
    }
  }

  async #eachRow(batch: Batch<S>): Promise<void> {
    for (const row of batch) {
      const pending = this.onRow(row);
      if (pending !== undefined) await pending;
    }
  }

  get #name(): string {
    return this.#options.name ?? this.constructor.name;
  }

  /**
   * Registers; a second call changes nothing. `arrow`: rows are to come as columns.
   *
   * @throws OutsideAegisError
   * @throws AegisError when rows cannot come in this format
   */
  #open(arrow: ArrowLibrary | undefined): Engine {
    if (this.#engine !== undefined) {
      if (this.#engine.arrow !== arrow) throw new AegisError('the rows of a component come in one format: choose one');
      return this.#engine;
    }
    const { streams = [], symbols = [], timeframes = [], orderBookSpeeds = [] } = this.#options;
    const { version = '0.1.0', streamHash: hashStream = false } = this.#options;
    if (arrow !== undefined && hashStream) {
      throw new AegisError("streamHash is the hash of JSON lines, and cannot be had with format 'arrow'");
    }
    const settings = settingsFrom(process.env, this.#name);
    this.#log = new Log(settings.name);
    this.#mode = settings.mode;
    this.#session = settings.session;
    const reconfigurable = this.onReconfigure !== undefined;
    const needs = { streams, symbols, timeframes, orderBookSpeeds, reconfigurable };
    this.#engine = new Engine({ settings, version, needs, log: this.#log, hashStream, arrow });
    return this.#engine;
  }

  #opened(): Engine {
    if (this.#engine === undefined) {
      throw new AegisError('the component does not run yet: call run, rows or batches first');
    }
    return this.#engine;
  }

  /** `main` has returned: if it did so before the end of the session, the component leaves it. */
  async #leave(): Promise<void> {
    const engine = this.#opened();
    if (engine.over) return;
    await this.onStop();
    await engine.ended({ type: 'leave' });
  }

  /** Tells the log and Aegis. */
  async #fail(error: unknown): Promise<void> {
    if (error instanceof AegisError) {
      this.#log.error(error.message);
    } else {
      const { message, traceback } = described(error);
      this.#log.error(message, { code: 'COMPONENT_FAILED', recoverable: false, traceback });
      // Before it has answered CONFIGURE, this error is the answer.
      const code = this.#configuration === undefined ? 'CONFIGURE_FAILED' : 'COMPONENT_FAILED';
      this.#engine?.control.send({ type: 'error', code, message, recoverable: false });
    }
    await this.#engine?.close();
  }
}

/** For the session and the log. */
function described(error: unknown): { readonly message: string; readonly traceback: string | undefined } {
  if (!(error instanceof Error)) return { message: String(error), traceback: undefined };
  return { message: `${error.name}: ${error.message}`, traceback: error.stack };
}
