import type { FinishAnswer, FinishRequest } from '../../model/wire/finish.ts';
import { compareFeeds, type FeedId, type PositionAnswer, type PositionRequest } from '../../model/wire/flow.ts';
import type { Journal } from './journal.ts';
import type { StreamRun } from './stream-run.ts';

/**
 * Who feeds the session, under which epoch. Everything published under another epoch is dropped; an epoch belongs to
 * one orchestrator, so two of them can never both feed a session.
 */
export class FeedAuthority {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get epoch(): number {
    return this.#journal.epoch;
  }

  /** The orchestrator that feeds the session; undefined before the first one of a run. */
  get feed(): FeedId | undefined {
    return this.#journal.feed.instance === '' ? undefined : this.#journal.feed;
  }

  /** A run begins: whoever feeds an older one is fenced. */
  beginRun(run: number): void {
    if (this.#journal.feed.run !== run) this.#write(this.epoch, { run, attempt: 0, instance: '' });
  }

  /** The epoch of a realtime run's log as far as it is known; 0 when nobody has written yet. */
  get logEpoch(): number {
    return this.#journal.feed.instance === LOG ? this.epoch : 0;
  }

  /** Another orchestrator writes the log. */
  followLog(epoch: number): void {
    this.#write(epoch, { ...this.#journal.feed, instance: LOG });
  }

  /** Where the stream goes on. A newer attempt, or a new process of the same one, takes over. */
  position(request: PositionRequest, run: StreamRun | undefined): PositionAnswer {
    if (run === undefined || request.run > run.run) return { state: 'wait', why: 'the run has not begun here' };
    if (this.#takesOver(request)) this.#write(Math.max(this.epoch, request.epoch) + 1, feedOf(request));
    else if (this.#isFenced(request)) return { state: 'fenced' };
    if (!run.started) {
      const awaited = run.members.flatMap(({ id, holdsStart }) => (holdsStart ? [id] : []));
      return { state: 'wait', why: `data connections are awaited of ${awaited.join(', ')}` };
    }
    if (!run.flows) return { state: 'wait', why: 'the plan of the stream is changing' };
    const known = request.epoch === this.epoch && run.lanesAnnounced;
    const nothingLost = known && request.nextSeq === run.expectedSeq;
    if (!nothingLost) {
      if (request.epoch !== 0) this.raiseEpoch();
      run.forgetSlice();
    }
    const { expectedSeq: fromSeq, creditedSeq: credit, floor } = run;
    return { state: 'ready', epoch: this.epoch, fromSeq, credit, floor, lanes: run.announceLanes() };
  }

  /** The results, when every row has arrived and was taken. `missing` rows are asked for by the caller. */
  finish(request: FinishRequest, run: StreamRun | undefined): FinishAnswer | { readonly state: 'missing' } {
    if (run === undefined || request.run > run.run) return { state: 'wait' };
    if (this.#isFenced(request)) return { state: 'fenced' };
    if (!run.flows || request.epoch !== this.epoch) return { state: 'wait' };
    if (request.rows !== run.expectedSeq) return { state: 'missing' };
    run.end();
    if (run.creditedSeq < run.expectedSeq || run.owesAck(performance.now())) return { state: 'wait' };
    run.finished = true;
    return { state: 'done', components: run.results() };
  }

  /** The same orchestrator goes on under a new epoch. */
  raiseEpoch(): void {
    this.#write(this.epoch + 1, this.#journal.feed);
  }

  #isFenced(asker: FeedId): boolean {
    const current = this.#journal.feed;
    const order = compareFeeds(asker, current);
    return order < 0 || (order === 0 && current.instance !== '' && asker.instance !== current.instance);
  }

  #takesOver(request: PositionRequest): boolean {
    const current = this.#journal.feed;
    const order = compareFeeds(request, current);
    // Epoch 0: it has not fed anything yet, so it was started after the other.
    return order > 0 || (order === 0 && request.epoch === 0 && request.instance !== current.instance);
  }

  #write(epoch: number, feed: FeedId): void {
    this.#journal.setFeed(epoch, feed);
  }
}

/** Stands for whoever writes the log of a realtime run: the log itself keeps them apart. */
const LOG = 'log';

function feedOf({ run, attempt, instance }: FeedId): FeedId {
  return { run, attempt, instance };
}
