import type { Bus, BusMessage, Subscription } from '../../bus/bus.ts';
import { type ClockMessage, decodeClock } from '../../model/wire/clock.ts';
import {
  decodeFinishRequest,
  encodeFinishAnswer,
  type FinishAnswer,
  type FinishRequest,
} from '../../model/wire/finish.ts';
import {
  type CreditMessage,
  decodePositionRequest,
  encodeCredit,
  encodePositionAnswer,
  encodeRewind,
  type PositionAnswer,
  type PositionRequest,
  type RewindMessage,
} from '../../model/wire/flow.ts';
import { type SessionSubjects, sessionSubjects } from '../../model/wire/subjects.ts';
import {
  decodeTailRequest,
  encodeTail,
  type TailMessage,
  type TailRequest,
  tailSubject,
} from '../../model/wire/tail.ts';
import { UnreadableMessages } from '../../model/wire/unreadable.ts';

export interface StreamLinkEvents {
  /** A message on a subject of rows. */
  lines(message: BusMessage): void;
  /** The columns of a slice. */
  columns(message: BusMessage): void;
  clock(clock: ClockMessage): void;
  position(request: PositionRequest): PositionAnswer;
  finish(request: FinishRequest): FinishAnswer;
  /** Messages from a row on that were delivered; see tail.ts. */
  tail(request: TailRequest): Iterable<TailMessage>;
  /** Something that the log should have. */
  warning(text: string): void;
}

/** What a data stream server and the orchestrators of its session say to each other; the other end is `FeedLink`. */
export class StreamLink {
  readonly #bus: Bus;
  readonly #subjects: SessionSubjects;
  readonly #tail: string;
  readonly #events: StreamLinkEvents;
  readonly #unreadable: UnreadableMessages;
  #control: Subscription | undefined;
  #rows: Subscription | undefined;

  constructor(bus: Bus, sessionId: string, events: StreamLinkEvents) {
    this.#bus = bus;
    this.#subjects = sessionSubjects(sessionId);
    this.#tail = tailSubject(sessionId);
    this.#events = events;
    this.#unreadable = new UnreadableMessages(events.warning);
  }

  /** Messages that could not be read and were ignored. */
  get unreadable(): number {
    return this.#unreadable.count;
  }

  /** Resolves when everything that is published from now on arrives. */
  async open(): Promise<void> {
    this.#control = this.#bus.subscribe(this.#subjects.control, (message) => this.#onControl(message));
    this.takeRows();
    await this.#bus.flush();
  }

  /** Rows come over NATS. */
  takeRows(): void {
    this.#rows ??= this.#bus.subscribe(this.#subjects.rows, (message) => {
      this.#events.lines(message);
    });
  }

  /** Rows come on another way: those of NATS would all be doubles. */
  leaveRows(): void {
    this.#rows?.close();
    this.#rows = undefined;
  }

  credit(credit: CreditMessage): void {
    this.#bus.publish(this.#subjects.credit, encodeCredit(credit));
  }

  rewind(rewind: RewindMessage): void {
    this.#bus.publish(this.#subjects.rewind, encodeRewind(rewind));
  }

  close(): void {
    this.#control?.close();
    this.leaveRows();
  }

  #onControl(message: BusMessage): void {
    const events = this.#events;
    switch (message.subject) {
      case this.#subjects.columns:
        this.#unreadable.attempt(message.subject, () => events.columns(message));
        return;
      case this.#subjects.clock: {
        const clock = this.#read(message, decodeClock);
        if (clock !== undefined) events.clock(clock);
        return;
      }
      case this.#subjects.position: {
        const request = this.#read(message, decodePositionRequest);
        if (request !== undefined) message.respond(encodePositionAnswer(events.position(request)));
        return;
      }
      case this.#subjects.finish: {
        const request = this.#read(message, decodeFinishRequest);
        if (request !== undefined) message.respond(encodeFinishAnswer(events.finish(request)));
        return;
      }
      case this.#tail: {
        const request = this.#read(message, decodeTailRequest);
        if (request !== undefined) message.respond(encodeTail(events.tail(request)));
      }
    }
  }

  /** `decode` keeps nothing of the payload. */
  #read<T>(message: BusMessage, decode: (payload: Uint8Array) => T): T | undefined {
    const value = this.#unreadable.attempt(message.subject, () => decode(message.payload));
    message.release();
    return value;
  }
}
