import type { BusMessage } from '../../bus/bus.ts';
import { AegisError } from '../../model/errors.ts';
import type { ClockMessage } from '../../model/wire/clock.ts';
import type { StreamBorder } from '../../model/wire/data-stream-process.ts';
import type { FinishAnswer, FinishRequest } from '../../model/wire/finish.ts';
import type { PositionAnswer, PositionRequest } from '../../model/wire/flow.ts';
import type { ComponentStream, Patience } from './component-stream.ts';
import { CreditReturn } from './credit-return.ts';
import type { FeedAuthority } from './feed-authority.ts';
import type { StreamLink } from './stream-link.ts';
import { StreamRun } from './stream-run.ts';

export interface RecordedFeedOptions {
  readonly sessionId: string;
  readonly authority: FeedAuthority;
  readonly link: Pick<StreamLink, 'rewind' | 'credit'>;
  readonly patience: Patience;
}

/** A component that takes part, and the first row of the merged stream that it may get. */
export interface RecordedMember {
  readonly member: ComponentStream;
  readonly fromSeq: number;
}

/** A slice that is torn again and again is a defect, not a lost message. */
const MAX_REWINDS_WITHOUT_PROGRESS = 20;

/**
 * The run of recorded data, when there is one, and what is said to the orchestrator that feeds it: what is missing is asked
 * for again, and what everyone has taken is credited.
 */
export class RecordedFeed {
  readonly #options: RecordedFeedOptions;
  readonly #authority: FeedAuthority;
  readonly #credits = new CreditReturn(() => this.#giveCredit());
  #run: StreamRun | undefined;
  /** Since the last slice that arrived whole. */
  #rewinds = 0;

  constructor(options: RecordedFeedOptions) {
    this.#options = options;
    this.#authority = options.authority;
  }

  get run(): StreamRun | undefined {
    return this.#run;
  }

  /** A new run, which has no topics yet. */
  begin(run: number): StreamRun {
    this.#authority.beginRun(run);
    this.#run = new StreamRun(this.#options.sessionId, run);
    return this.#run;
  }

  /** Gives the run the topics and members that it has not had. */
  extend(topics: readonly string[], members: readonly RecordedMember[]): void {
    const run = this.#run;
    if (run === undefined) return;
    const changed = run.plan(topics);
    for (const { member, fromSeq } of members) {
      if (member.group !== undefined) continue;
      const group = run.groupFor(member.topics, fromSeq, member.formatIn(run.run));
      if (group === undefined) continue;
      member.join(run.run, group, this.#options.patience);
      run.add(member, group);
    }
    if (changed) this.resync();
    this.goOn();
  }

  /** Stops the stream where its plan may change; the next {@link extend} lets it flow again. */
  freeze(run: number): StreamBorder {
    if (this.#run === undefined) return { state: 'wait' };
    if (this.#run.run !== run) return { state: 'over' };
    const border = this.#run.freeze();
    if (border.state === 'frozen') this.#authority.raiseEpoch();
    return border;
  }

  /** There is no run any more. */
  end(): void {
    this.#run = undefined;
    this.#credits.cancel();
    this.#rewinds = 0;
  }

  /** A component has come back, and what it needs is forgotten. */
  goBackFor(component: ComponentStream): void {
    this.#run?.rewind(component);
    this.resync();
  }

  /** Lets the stream begin, or go on, when nothing holds it any longer. */
  goOn(): void {
    const run = this.#run;
    if (run === undefined) return;
    if (run.started) {
      if (!run.lanesAnnounced) this.resync();
      this.release();
      return;
    }
    if (run.members.some(({ holdsStart }) => holdsStart)) return;
    run.started = true;
    run.restart();
    this.resync();
  }

  /** Asks for everything from the next row on, under a new epoch: whatever is on its way is dropped. */
  resync(): void {
    const run = this.#run;
    if (run === undefined || !run.flows) return;
    run.forgetSlice();
    if (this.#authority.feed === undefined) return;
    this.#authority.raiseEpoch();
    const { epoch, feed } = this.#authority;
    this.#options.link.rewind({ ...feed, epoch, fromSeq: run.expectedSeq, lanes: run.announceLanes() });
  }

  /** Someone may have taken more than before. */
  release(): void {
    const slices = this.#run?.started === true ? this.#run.release() : 0;
    if (slices > 0) this.#credits.taken(slices);
  }

  onPosition(request: PositionRequest): PositionAnswer {
    return this.#authority.position(request, this.#run);
  }

  onLines(message: BusMessage): void {
    const run = this.#run;
    const topic = run?.topicOf(message.subject);
    if (run?.flows === true && topic !== undefined && this.#isCurrent(message)) run.addLines(topic, message);
    else message.release();
  }

  /** Throws STREAM_FAILED when the message is not what it should be. */
  onColumns(message: BusMessage): void {
    if (this.#run?.flows === true && this.#isCurrent(message)) this.#run.addColumns(message.payload);
    // Its columns were copied.
    message.release();
  }

  /** Throws STREAM_FAILED when a row does not arrive, however often it is asked for. */
  onClock(clock: ClockMessage): void {
    const run = this.#run;
    if (run === undefined || !run.flows || !this.#isCurrent(clock)) return;
    if (run.closeSlice(clock, performance.now())) {
      this.#rewinds = 0;
      this.release();
    } else {
      this.#onGap(run);
    }
  }

  /** Throws like {@link onClock}. */
  onFinish(request: FinishRequest): FinishAnswer {
    const answer = this.#authority.finish(request, this.#run);
    if (answer.state !== 'missing') return answer;
    this.#onGap(this.#run);
    return { state: 'wait' };
  }

  #isCurrent({ epoch }: Pick<BusMessage, 'epoch'>): boolean {
    return epoch === this.#authority.epoch;
  }

  #onGap(run: StreamRun | undefined): void {
    this.#rewinds += 1;
    if (this.#rewinds > MAX_REWINDS_WITHOUT_PROGRESS) {
      throw new AegisError('STREAM_FAILED', `a row did not arrive in ${this.#rewinds} attempts`, {
        details: { seq: run?.expectedSeq },
      });
    }
    this.resync();
  }

  #giveCredit(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#options.link.credit({ epoch: this.#authority.epoch, seq: run.creditedSeq, floor: run.floor });
  }
}
