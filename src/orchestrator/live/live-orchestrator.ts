import { randomBytes } from 'node:crypto';
import type { Bus } from '../../bus/bus.ts';
import { endpointsOf } from '../../market/binance/endpoints.ts';
import { MarketRest } from '../../market/binance/rest/market-rest.ts';
import { AegisError, messageOf } from '../../model/errors.ts';
import type { LivePlan, StreamPlan } from '../../model/plan.ts';
import type { ComponentResults } from '../../model/wire/finish.ts';
import { topicSubject } from '../../model/wire/subjects.ts';
import { RecorderThread } from '../../recorder/recorder-thread.ts';
import { readRecording } from '../../tape/recording.ts';
import { FeedLink } from '../feed-link.ts';
import type { OrchestratorEnd, OrchestratorProgress } from '../orchestrator.ts';
import { planSources } from '../plan-sources.ts';
import { deliveredTail } from './delivered-tail.ts';
import { writeHistory } from './history.ts';
import { LiveMarket } from './live-market.ts';
import { LiveOutput, type OutputRows } from './live-output.ts';
import { LogWriter } from './log-writer.ts';
import type { Since } from './past.ts';
import { hasKey, keyOfLine } from './row-key.ts';

export interface LiveOrchestratorOptions {
  readonly bus: Bus;
  readonly sessionId: string;
  readonly run: number;
  readonly attempt: number;
  readonly plan: StreamPlan & { readonly live: LivePlan };
  readonly tapesDir: string;
  /** Short topics that somebody wants. */
  readonly wanted: readonly string[];
  /** Where the run is recorded; absent: nowhere. */
  readonly recording?: { readonly folder: string; readonly session: string; readonly natsUrl: string };
  /** Something that operators are told. */
  readonly onNotice: (event: string, text: string) => void;
}

const ASK_AGAIN_MS = 100;
const FLUSH_WITHIN_MS = 60_000;

/**
 * Feeds one run of a realtime session: history from tapes, what REST has since, then the live market; every row is numbered,
 * published at once and kept in the session's log. The log is the only state: a new process goes on where it ends.
 */
export class LiveOrchestrator {
  readonly #options: LiveOrchestratorOptions;
  readonly #output: LiveOutput;
  readonly #abort = new AbortController();
  readonly #end = Promise.withResolvers<OrchestratorEnd['type']>();
  readonly #startedAt = performance.now();
  #wanted: readonly string[];
  #writer: LogWriter | undefined;
  #recorder: RecorderThread | undefined;
  #market: LiveMarket | undefined;
  #live = false;
  #ts = 0;

  constructor(options: LiveOrchestratorOptions) {
    this.#options = options;
    this.#wanted = options.wanted;
    this.#output = new LiveOutput({ sessionId: options.sessionId, write: (rows) => this.#write(rows) });
    this.#output.want(options.wanted);
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
    this.#recorder?.want(topics);
    if (this.#live) this.#market?.want(topics);
  }

  stop(): void {
    this.#end.resolve('finished');
    this.#abort.abort();
  }

  /** Feeds the session until it is stopped. Throws what makes the run impossible. */
  async run(): Promise<OrchestratorEnd> {
    const { bus, sessionId, run, plan, recording } = this.#options;
    const writer = await LogWriter.open({
      bus,
      sessionId,
      run,
      limits: plan.live.log,
      // The log may have discarded what is recorded.
      ...(recording === undefined ? {} : { floor: readRecording(recording.folder) ?? { epoch: 0, seq: 0 } }),
      onEvent: (event) => {
        if (event.type === 'fenced') this.#end.resolve('fenced');
        else this.#options.onNotice(event.type, event.text);
      },
    });
    this.#writer = writer;
    this.#recorder = this.#record();
    try {
      // Rows that components have, and the log has not: they come first, under the numbers that they had.
      for (const message of await deliveredTail({ bus, sessionId, run, seq: writer.seq })) writer.write(message);

      await Promise.race([this.#feed(writer), this.#end.promise]);
      const end = await this.#end.promise;
      await this.#market?.close();
      if (end !== 'finished') return { type: 'fenced' };
      return await this.#finish(writer);
    } finally {
      this.#abort.abort();
      await this.#market?.close();
      await this.#recorder?.stop();
      writer.close();
    }
  }

  async #feed(writer: LogWriter): Promise<void> {
    await this.#history(writer);
    const { plan } = this.#options;
    const endpoints = endpointsOf(plan.market, plan.live.endpoint);
    const { signal } = this.#abort;
    const market = new LiveMarket({
      market: plan.market,
      endpoints,
      rest: new MarketRest({ market: plan.market, endpoints, signal }),
      row: (row) => this.#output.row(row),
      status: (status) => this.#output.status(status, Date.now()),
      notice: this.#options.onNotice,
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
    if (plan.topics.every(({ tapes }) => tapes.length === 0)) return;
    await writeHistory({
      sessionId,
      topics: planSources(plan, tapesDir),
      from: plan.from,
      to: plan.to,
      fromSeq: writer.seq,
      signal: this.#abort.signal,
      write: (rows) => {
        this.#write(rows);
        return writer.room();
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

  #record(): RecorderThread | undefined {
    const { recording, sessionId, run, plan, onNotice } = this.#options;
    if (recording === undefined) return undefined;
    const recorder = new RecorderThread({
      ...recording,
      sessionId,
      run,
      market: plan.market,
      onEvent: (event) => {
        if (event.type !== 'sealed') onNotice('recording', event.text);
      },
      onFailed: (error) => onNotice('recordingFailed', error.message),
    });
    recorder.want(this.#wanted);
    return recorder;
  }

  /** What cannot be recorded is told; the run has been delivered all the same. */
  async #seal(seq: number, components: ComponentResults): Promise<void> {
    const hashes = Object.entries(components).flatMap(([id, { hash }]) => (hash === undefined ? [] : [[id, hash]]));
    await this.#recorder?.sealUpTo(seq, { hashes: Object.fromEntries(hashes) }).catch((error: unknown) => {
      this.#options.onNotice('recordingFailed', messageOf(error));
    });
  }

  #write(rows: OutputRows): void {
    this.#ts = rows.ts;
    if (this.#writer?.write(rows) !== false) return;
    // Nothing is written after a gap: the next process begins where the log ends, and fetches what is missing.
    const away = new AegisError('DEPENDENCY_DOWN', 'NATS has been away for so long that rows cannot be kept any more');
    this.#end.reject(away);
  }

  async #finish(writer: LogWriter): Promise<OrchestratorEnd> {
    const { bus, sessionId, run, attempt, onNotice } = this.#options;
    await writer.flush(FLUSH_WITHIN_MS);
    const feed = { run, attempt, instance: randomBytes(8).toString('hex') };
    const link = new FeedLink(bus, sessionId, feed, {
      credit: () => undefined,
      rewind: () => undefined,
      fenced: () => undefined,
      warning: (text) => onNotice('warning', text),
    });
    try {
      for (;;) {
        const answer = await link.finish(writer.epoch, writer.seq).catch(retryLater);
        if (answer?.state === 'fenced') return { type: 'fenced' };
        if (answer?.state === 'done') {
          const elapsedMs = performance.now() - this.#startedAt;
          await this.#seal(writer.seq, answer.components);
          return { type: 'finished', rows: writer.seq, elapsedMs, components: answer.components };
        }
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    } finally {
      link.close();
    }
  }
}

/** Nobody answers: the data stream server or NATS is not there yet. */
function retryLater(error: unknown): undefined {
  if (AegisError.is(error) && (error.code === 'TIMEOUT' || error.code === 'DEPENDENCY_DOWN')) return undefined;
  throw error;
}
