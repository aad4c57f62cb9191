import type { Bus, Subscription } from '../bus/bus.ts';
import { decodeFinishAnswer, encodeFinishRequest, type FinishAnswer } from '../model/wire/finish.ts';
import {
  type CreditMessage,
  compareFeeds,
  decodeCredit,
  decodePositionAnswer,
  decodeRewind,
  encodePositionRequest,
  type FeedId,
  type PositionAnswer,
  type RewindMessage,
} from '../model/wire/flow.ts';
import { type SessionSubjects, sessionSubjects } from '../model/wire/subjects.ts';
import { UnreadableMessages } from '../model/wire/unreadable.ts';

export interface FeedLinkEvents {
  credit(credit: CreditMessage): void;
  rewind(rewind: RewindMessage): void;
  /** Another orchestrator feeds the session. */
  fenced(): void;
  /** Something that the log should have. */
  warning(text: string): void;
}

const ANSWER_WITHIN_MS = 1_000;

/** What an orchestrator and the data stream server of its session say to each other, beside the rows. */
export class FeedLink {
  readonly subjects: SessionSubjects;
  readonly #bus: Bus;
  readonly #feed: FeedId;
  readonly #unreadable: UnreadableMessages;
  readonly #subscriptions: readonly Subscription[];

  constructor(bus: Bus, sessionId: string, feed: FeedId, events: FeedLinkEvents) {
    this.#bus = bus;
    this.#feed = feed;
    this.subjects = sessionSubjects(sessionId);
    this.#unreadable = new UnreadableMessages(events.warning);
    this.#subscriptions = [
      bus.subscribe(this.subjects.credit, ({ payload }) => {
        const credit = this.#unreadable.attempt(this.subjects.credit, () => decodeCredit(payload));
        if (credit !== undefined) events.credit(credit);
      }),
      bus.subscribe(this.subjects.rewind, ({ payload }) => {
        const rewind = this.#unreadable.attempt(this.subjects.rewind, () => decodeRewind(payload));
        if (rewind !== undefined) this.#onRewind(rewind, events);
      }),
    ];
  }

  /** Undefined when the answer cannot be read: it is not the data stream server's. */
  async position(epoch: number, nextSeq: number): Promise<PositionAnswer | undefined> {
    const request = encodePositionRequest({ ...this.#feed, epoch, nextSeq });
    const answer = await this.#bus.request(this.subjects.position, request, { timeoutMs: ANSWER_WITHIN_MS });
    return this.#unreadable.attempt(this.subjects.position, () => decodePositionAnswer(answer));
  }

  /** Undefined when the answer cannot be read. */
  async finish(epoch: number, rows: number): Promise<FinishAnswer | undefined> {
    const request = encodeFinishRequest({ ...this.#feed, epoch, rows });
    const answer = await this.#bus.request(this.subjects.finish, request, { timeoutMs: ANSWER_WITHIN_MS });
    return this.#unreadable.attempt(this.subjects.finish, () => decodeFinishAnswer(answer));
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  #onRewind(rewind: RewindMessage, events: FeedLinkEvents): void {
    const order = compareFeeds(rewind, this.#feed);
    if (order > 0) events.fenced();
    else if (order === 0 && rewind.instance === this.#feed.instance) events.rewind(rewind);
  }
}
