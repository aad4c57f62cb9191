import { randomBytes } from 'node:crypto';
import type { Bus } from '../../bus/bus.ts';
import { endpointsOf } from '../../market/binance/endpoints.ts';
import { MarketRest } from '../../market/binance/rest/market-rest.ts';
import { AegisError } from '../../model/errors.ts';
import type { LivePlan, StreamPlan } from '../../model/plan.ts';
import { topicSubject } from '../../model/wire/subjects.ts';
import { FeedLink } from '../feed-link.ts';
import type { OrchestratorEnd, OrchestratorProgress } from '../orchestrator.ts';
import { planSources } from '../plan-sources.ts';
import { askFinish } from './ask-finish.ts';
import { deliveredTail } from './delivered-tail.ts';
import { DirectSender } from './direct-sender.ts';
import { writeHistory } from './history.ts';
import { LiveMarket } from './live-market.ts';
import { LiveOutput, type OutputRows } from './live-output.ts';
import { LogWriter } from './log-writer.ts';
import type { Since } from './past.ts';
import { ReadingPace } from './reading-pace.ts';
import { hasKey, keyOfLine } from './row-key.ts';
import { RunRecording } from './run-recording.ts';

export interface LiveOrchestratorOptions {
  readonly bus: Bus;
  readonly sessionId: string;
  readonly run: number;
  readonly attempt: number;
  readonly plan: StreamPlan & { readonly live: LivePlan };
  readonly tapesDir: string;
  /** Short topics that somebody wants. */
  readonly wanted: readonly string[];
  /** Of the exchange, without any rights: futures show older trades only to those who have one. */
  readonly apiKey?: string;
  /** Socket of the data stream server for rows that take the short way; absent: they go over NATS alone. */
  readonly directPath?: string;
  /** Where the run is recorded; absent: nowhere. */
  readonly recording?: { readonly folder: string; readonly session: string; readonly natsUrl: string };
  /** Something that operators are told. */
  readonly onNotice: (event: string, text: string) => void;
}

const FLUSH_WITHIN_MS = 60_000;
/** Of the log: history that nobody has taken yet. The rest is for live rows, which wait for nobody. */
const HISTORY_SHARE = 0.25;

/**
 * Feeds one run of a realtime session: history from tapes, what REST has since, then the live market; every row is numbered,
 * published at once and kept in the session's log. The log is the only state: a new process goes on where it ends.
 */
export class LiveOrchestrator {
  readonly #options: LiveOrchestratorOptions;
  readonly #output: LiveOutput;
  readonly #link: FeedLink;
  readonly #pace: ReadingPace;
  readonly #direct: DirectSender | undefined;
  readonly #abort = new AbortController();
  readonly #end = Promise.withResolvers<OrchestratorEnd['type']>();
  readonly #startedAt = performance.now();
  #wanted: readonly string[];
  #writer: LogWriter | undefined;
  #recording: RunRecording | undefined;
  #market: LiveMarket | undefined;
  #live = false;
  #ts = 0;

  constructor(options: LiveOrchestratorOptions) {
    const { bus, sessionId, run, attempt, plan, wanted, onNotice } = options;
    this.#options = options;
    this.#wanted = wanted;
    this.#output = new LiveOutput({ sessionId, write: (rows) => this.#write(rows) });
    this.#output.want(wanted);
    this.#pace = new ReadingPace(plan.live.log.maxBytes * HISTORY_SHARE);
    this.#direct = options.directPath === undefined ? undefined : new DirectSender(options.directPath);
    const feed = { run, attempt, instance: randomBytes(8).toString('hex') };
    this.#link = new FeedLink(bus, sessionId, feed, {
      credit: ({ seq }) => this.#pace.taken(seq),
      rewind: () => undefined,
      fenced: () => undefined,
      warning: (text) => onNotice('warning', text),
    });
    // Whoever waits for the end may not do so yet.
    this.#end.promise.catch(() => {});
  }

  get progress(): OrchestratorProgress {
    const seq = this.#writer?.seq ?? 0;
    return {
      seq,
      credited: this.#writer?.stored ?? 0,
      ts: this.#ts,
      epoch: this.#writer?.epoch ?? 0,
      streaming: this.#live,
      paused: false,
      checkpoint: { seq, cursors: [] },
    };
  }

  /** From now on these topics. */
  want(topics: readonly string[]): void {
    this.#wanted = topics;
    this.#output.want(topics);
    this.#recording?.want(topics);
    if (this.#live) this.#market?.want(topics);
  }

  stop(): void {
    this.#end.resolve('finished');
    this.#abort.abort();
  }

  /** Feeds the session until it is stopped. Throws what makes the run impossible. */
  async run(): Promise<OrchestratorEnd> {
    const { bus, sessionId, run } = this.#options;
    const writer = await this.#openLog();
    this.#writer = writer;
    this.#recording = this.#record();
    try {
      // Rows that components have, and the log has not: they come first, under the numbers that they had.
      for (const message of await deliveredTail({ bus, sessionId, run, seq: writer.seq })) writer.write(message);
      await Promise.race([this.#feed(writer), this.#end.promise]);
      const end = await this.#end.promise;
      await this.#market?.close();
      return end === 'finished' ? await this.#finish(writer) : { type: 'fenced' };
    } finally {
      this.#abort.abort();
      this.#link.close();
      await this.#market?.close();
      await this.#recording?.stop();
      writer.close();
      this.#direct?.close();
    }
  }

  #openLog(): Promise<LogWriter> {
    const { bus, sessionId, run, plan, recording, onNotice } = this.#options;
    return LogWriter.open({
      bus,
      sessionId,
      run,
      limits: plan.live.log,
      ...(recording === undefined ? {} : { floor: RunRecording.floorOf(recording.folder) }),
      ...(this.#direct === undefined ? {} : { direct: this.#direct }),
      onEvent: (event) => {
        if (event.type === 'fenced') this.#end.resolve('fenced');
        else onNotice(event.type, event.text);
      },
    });
  }

  #record(): RunRecording | undefined {
    const { recording, sessionId, run, plan, onNotice } = this.#options;
    if (recording === undefined) return undefined;
    const made = new RunRecording({ ...recording, sessionId, run, market: plan.market, notice: onNotice });
    made.want(this.#wanted);
    return made;
  }

  async #feed(writer: LogWriter): Promise<void> {
    await this.#history(writer);
    const { plan, apiKey, onNotice } = this.#options;
    const endpoints = endpointsOf(plan.market, plan.live.endpoint);
    const { signal } = this.#abort;
    const market = new LiveMarket({
      market: plan.market,
      endpoints,
      rest: new MarketRest({ market: plan.market, endpoints, signal, ...(apiKey === undefined ? {} : { apiKey }) }),
      row: (row) => this.#output.row(row),
      status: (status) => this.#output.status(status, Date.now()),
      notice: onNotice,
      signal,
    });
    this.#market = market;
    await market.resume(this.#wanted, await this.#since(writer));
    if (signal.aborted) return;
    market.connect();
    this.#live = true;
    // Topics may have changed meanwhile.
    market.want(this.#wanted);
  }

  /** The tapes' part, unless the log has got past it. */
  async #history(writer: LogWriter): Promise<void> {
    const { plan, tapesDir, sessionId } = this.#options;
    const rows = plan.topics.flatMap(({ tapes }) => tapes).reduce((sum, tape) => sum + tape.rows, 0);
    if (writer.seq >= rows) return;
    await writeHistory({
      sessionId,
      topics: planSources(plan, tapesDir),
      from: plan.from,
      to: plan.to,
      fromSeq: writer.seq,
      signal: this.#abort.signal,
      write: async (part) => {
        this.#write(part);
        this.#pace.sent(writer.seq, part.lines.length);
        await this.#pace.room();
        await writer.room();
      },
    });
  }

  /** Where each topic goes on: after its last row in the log, else where the tapes end. */
  async #since(writer: LogWriter): Promise<Map<string, Since>> {
    const { plan, sessionId } = this.#options;
    // What is still on its way has not happened for the log.
    await writer.flush(FLUSH_WITHIN_MS);
    const since = new Map<string, Since>();
    for (const topic of this.#wanted.filter(hasKey)) {
      const last = await writer.lastRow(topicSubject(sessionId, topic));
      const key = last === undefined ? undefined : keyOfLine(topic, last.line);
      if (key !== undefined) since.set(topic, { type: 'after', key });
      else if (plan.live.history) since.set(topic, { type: 'from', time: plan.to });
    }
    return since;
  }

  #write(rows: OutputRows): void {
    // The end is told with the number of its last row: what is still on its way comes too late.
    if (this.#abort.signal.aborted) return;
    this.#ts = rows.ts;
    if (this.#writer?.write(rows) !== false) return;
    // Nothing is written after a gap: the next process begins where the log ends, and fetches what is missing.
    const away = new AegisError('DEPENDENCY_DOWN', 'NATS has been away for so long that rows cannot be kept any more');
    this.#end.reject(away);
  }

  async #finish(writer: LogWriter): Promise<OrchestratorEnd> {
    await writer.flush(FLUSH_WITHIN_MS);
    const components = await askFinish(this.#link, writer.epoch, writer.seq);
    if (components === undefined) return { type: 'fenced' };
    const elapsedMs = performance.now() - this.#startedAt;
    await this.#recording?.seal(writer.seq, components);
    return { type: 'finished', rows: writer.seq, elapsedMs, components };
  }
}
