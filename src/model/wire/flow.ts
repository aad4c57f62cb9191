import { encodeLine, type Fields, natural, parseFields, text } from './fields.ts';
import { decodeLanes, encodeLanes, type Lanes } from './lanes.ts';

/** Every row below `seq` is in the kernel of every component that paces the stream. */
export interface CreditMessage {
  readonly epoch: number;
  readonly seq: number;
  /** The lowest position that a rewind may name from now on, late components aside. */
  readonly floor: number;
}

/** Who feeds a session. A newer (run, attempt) fences the older; `instance` tells two processes of one attempt apart. */
export interface FeedId {
  readonly run: number;
  readonly attempt: number;
  /** Random, one per orchestrator. */
  readonly instance: string;
}

/** "I have published up to `nextSeq` under `epoch`": where does the stream go on? */
export interface PositionRequest extends FeedId {
  /** 0 when the asker has had no epoch yet. */
  readonly epoch: number;
  readonly nextSeq: number;
}

export type PositionAnswer =
  | {
      readonly state: 'ready';
      /** The asker's own epoch when nothing was lost, otherwise a higher one. */
      readonly epoch: number;
      readonly fromSeq: number;
      /** See {@link CreditMessage}: repairs lost credits. */
      readonly credit: number;
      readonly floor: number;
      readonly lanes: Lanes;
    }
  /** Ask again: components have not connected yet, or the run is not known yet. */
  | { readonly state: 'wait'; readonly why: string }
  /** A newer orchestrator feeds the session: stop. */
  | { readonly state: 'fenced' };

/** Go back to `fromSeq` and publish under `epoch`; addressed to one orchestrator. */
export interface RewindMessage extends FeedId {
  readonly epoch: number;
  readonly fromSeq: number;
  readonly lanes: Lanes;
}

export function encodeCredit({ epoch, seq, floor }: CreditMessage): Uint8Array {
  return encodeLine({ epoch, seq, floor });
}

export function decodeCredit(bytes: Uint8Array): CreditMessage {
  const fields = parseFields('credit', bytes);
  return {
    epoch: natural('credit', fields, 'epoch'),
    seq: natural('credit', fields, 'seq'),
    floor: natural('credit', fields, 'floor'),
  };
}

export function encodePositionRequest({ run, attempt, instance, epoch, nextSeq }: PositionRequest): Uint8Array {
  return encodeLine({ run, attempt, instance, epoch, next_seq: nextSeq });
}

export function decodePositionRequest(bytes: Uint8Array): PositionRequest {
  const fields = parseFields('position', bytes);
  return {
    ...feedId('position', fields),
    epoch: natural('position', fields, 'epoch'),
    nextSeq: natural('position', fields, 'next_seq'),
  };
}

export function encodePositionAnswer(answer: PositionAnswer): Uint8Array {
  switch (answer.state) {
    case 'ready': {
      const { epoch, fromSeq, credit, floor, lanes } = answer;
      return encodeLine({ ready: true, epoch, from_seq: fromSeq, credit, floor, ...encodeLanes(lanes) });
    }
    case 'wait':
      return encodeLine({ ready: false, why: answer.why });
    case 'fenced':
      return encodeLine({ fenced: true });
  }
}

export function decodePositionAnswer(bytes: Uint8Array): PositionAnswer {
  const kind = 'position answer';
  const fields = parseFields(kind, bytes);
  if (fields.fenced === true) return { state: 'fenced' };
  if (fields.ready !== true) return { state: 'wait', why: text(kind, fields, 'why') };
  return {
    state: 'ready',
    epoch: natural(kind, fields, 'epoch'),
    fromSeq: natural(kind, fields, 'from_seq'),
    credit: natural(kind, fields, 'credit'),
    floor: natural(kind, fields, 'floor'),
    lanes: decodeLanes(kind, fields),
  };
}

export function encodeRewind({ run, attempt, instance, epoch, fromSeq, lanes }: RewindMessage): Uint8Array {
  return encodeLine({ run, attempt, instance, epoch, from_seq: fromSeq, ...encodeLanes(lanes) });
}

export function decodeRewind(bytes: Uint8Array): RewindMessage {
  const fields = parseFields('rewind', bytes);
  return {
    ...feedId('rewind', fields),
    epoch: natural('rewind', fields, 'epoch'),
    fromSeq: natural('rewind', fields, 'from_seq'),
    lanes: decodeLanes('rewind', fields),
  };
}

/** Positive when `a` is newer than `b`. */
export function compareFeeds(a: Pick<FeedId, 'run' | 'attempt'>, b: Pick<FeedId, 'run' | 'attempt'>): number {
  return a.run - b.run || a.attempt - b.attempt;
}

export function feedId(kind: string, fields: Fields): FeedId {
  return {
    run: natural(kind, fields, 'run'),
    attempt: natural(kind, fields, 'attempt'),
    instance: text(kind, fields, 'instance'),
  };
}
