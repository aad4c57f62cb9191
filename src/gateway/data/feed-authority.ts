import { compareFeeds, type FeedId, type PositionRequest } from '../../model/wire/flow.ts';
import type { Journal } from './journal.ts';

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

  isFenced(asker: FeedId): boolean {
    const current = this.#journal.feed;
    const order = compareFeeds(asker, current);
    return order < 0 || (order === 0 && current.instance !== '' && asker.instance !== current.instance);
  }

  /** A new process of the same attempt replaces the one before it: it has had no epoch yet. */
  claims(request: PositionRequest): boolean {
    const order = compareFeeds(request, this.#journal.feed);
    return order > 0 || (order === 0 && request.epoch === 0 && request.instance !== this.#journal.feed.instance);
  }

  /** Makes the asker the one who feeds, under a new epoch. */
  grant({ run, attempt, instance, epoch }: PositionRequest): void {
    this.#write(Math.max(this.epoch, epoch) + 1, { run, attempt, instance });
  }

  /** The same orchestrator goes on under a new epoch. */
  raiseEpoch(): void {
    this.#write(this.epoch + 1, this.#journal.feed);
  }

  #write(epoch: number, feed: FeedId): void {
    this.#journal.setFeed(epoch, feed);
  }
}
