import type { LogPosition } from '../../../model/wire/live-log.ts';
import type { TailMessage, TailRequest } from '../../../model/wire/tail.ts';
import type { LiveMessage } from './live-message.ts';
import { LiveRing } from './live-ring.ts';

/**
 * What a message is to a stream that has come to some row. `old`: had already, or of another run or a fenced orchestrator.
 * `void`: rows from `from` on were delivered and are not in the log, others have their numbers now; the message is next.
 * `gap`: rows before it are missing; the message is next.
 */
export type Arrival =
  | { readonly state: 'next' | 'old' | 'gap' }
  | { readonly state: 'void'; readonly from: number; readonly to: number };

const NEXT: Arrival = { state: 'next' };
const OLD: Arrival = { state: 'old' };
const GAP: Arrival = { state: 'gap' };

/** How far the merged stream of a run has arrived, and from whom. */
export class LiveHead {
  readonly run: number;
  readonly ring: LiveRing;
  /** The highest one seen: whoever writes under a lower one is fenced. */
  #epoch: number;
  /** Under which the newest row came. */
  #rowEpoch: number;

  /** `epoch`: the highest that is known. `kept`: messages that arrived before a restart, in order, also of other runs. */
  constructor(run: number, epoch: number, ringBytes: number, kept: readonly LiveMessage[] = []) {
    this.run = run;
    this.#epoch = 0;
    this.#rowEpoch = epoch;
    this.ring = new LiveRing(ringBytes);
    for (const message of kept) this.arrive(message);
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Takes the message into the ring unless it is old. */
  arrive(message: LiveMessage): Arrival {
    const { at } = message;
    if (at.run !== this.run || at.epoch < this.#epoch) return OLD;
    this.#epoch = at.epoch;
    const arrival = this.#classify(message);
    if (arrival.state === 'old') return arrival;
    if (arrival.state === 'gap') this.ring.reset(at.seq);
    if (at.rows > 0) this.ring.push(message);
    this.#rowEpoch = at.epoch;
    return arrival;
  }

  /** The log reaches to row `seq`, under `epoch`. True when rows before it have not arrived. */
  reach({ epoch, seq }: Pick<LogPosition, 'epoch' | 'seq'>): boolean {
    this.#epoch = Math.max(this.#epoch, epoch);
    if (seq <= this.ring.nextSeq) return false;
    this.#rowEpoch = epoch;
    this.ring.reset(seq);
    return true;
  }

  /** What arrived from a row on, for an orchestrator that does not find it in the log. */
  *tail({ run, seq }: TailRequest): Generator<TailMessage> {
    if (run !== this.run || seq < this.ring.firstSeq) return;
    for (const { subject, payload, at } of this.ring.from(seq)) {
      // One that begins before is in the log with its first rows: it was cut there by somebody else.
      if (at.seq >= seq) yield { subject, seq: at.seq, rows: at.rows, ts: at.ts, lines: payload };
    }
  }

  /** Row `seq` is the next one: the later ones that were delivered do not count. */
  cut(seq: number): void {
    this.ring.cut(seq);
  }

  #classify(message: LiveMessage): Arrival {
    const { at } = message;
    if (at.seq === this.ring.nextSeq) return NEXT;
    if (at.seq > this.ring.nextSeq) return GAP;
    // A new orchestrator goes on where the log ends. When rows after that were delivered, they must come again as they were.
    if (at.rows === 0 || at.epoch === this.#rowEpoch || this.#had(message)) return OLD;
    const to = this.ring.nextSeq - 1;
    this.cut(at.seq);
    return { state: 'void', from: at.seq, to };
  }

  #had({ at, subject, payload }: LiveMessage): boolean {
    const had = this.ring.at(at.seq);
    return had !== undefined && had.subject === subject && had.at.rows === at.rows && equal(had.payload, payload);
  }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one.buffer, one.byteOffset, one.byteLength).equals(other);
}
