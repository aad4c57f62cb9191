import type { InboundMessage } from '../../model/protocol/inbound.ts';
import type { ProtocolErrorCode } from '../../model/protocol/protocol-error.ts';
import type { Entry, EntryOf, Step, Transcript } from '../transcript.ts';

type MessageEntry<T extends InboundMessage['type']> = EntryOf<'message'> & {
  readonly inbound: { readonly type: 'message'; readonly message: Extract<InboundMessage, { readonly type: T }> };
};

export function isMessage<T extends InboundMessage['type']>(type: T): (entry: Entry) => entry is MessageEntry<T> {
  return (entry): entry is MessageEntry<T> =>
    entry.kind === 'message' && entry.inbound.type === 'message' && entry.inbound.message.type === type;
}

export function isSent(command: string): (entry: Entry) => entry is EntryOf<'sent'> {
  return (entry): entry is EntryOf<'sent'> => entry.kind === 'sent' && entry.body.command === command;
}

export function isStep(step: Step): (entry: Entry) => boolean {
  return (entry) => entry.kind === 'step' && entry.step === step;
}

export function isRunning(entry: Entry): boolean {
  return entry.kind === 'phase' && entry.phase === 'running';
}

export function isOpened(socket: 'control' | 'data'): (entry: Entry) => entry is EntryOf<'opened'> {
  return (entry): entry is EntryOf<'opened'> => entry.kind === 'opened' && entry.socket === socket;
}

/** A data handshake as it should be. */
export function isGreeting(entry: Entry): boolean {
  return entry.kind === 'handshake' && entry.problem === undefined;
}

/** A connection that the component itself has ended. */
export function isLeft(socket: 'control' | 'data'): (entry: Entry) => boolean {
  return (entry) => entry.kind === 'closed' && entry.socket === socket && entry.by === 'component';
}

/** Index of the first such entry from `from` on; -1 when there is none. */
export function indexOf({ entries }: Transcript, test: (entry: Entry) => boolean, from = 0): number {
  return entries.findIndex((entry, index) => index >= from && test(entry));
}

/** What Aegis found wrong. */
export interface Fault {
  readonly code: ProtocolErrorCode;
  readonly message: string;
  readonly index: number;
  /** Something did not come in time. */
  readonly late: boolean;
}

const LATE = /^no .* within /;

/** What cannot be decoded Aegis does not always answer, so the message itself tells. */
export function faults({ entries }: Transcript): Fault[] {
  return entries.flatMap((entry, index): Fault[] => {
    if (entry.kind === 'message' && entry.inbound.type === 'problem') {
      const { code, message } = entry.inbound.problem;
      return code === 'DECODE_ERROR' ? [{ code, message, index, late: false }] : [];
    }
    if (entry.kind !== 'fault' || entry.code === 'DECODE_ERROR') return [];
    const { code, message } = entry;
    return [{ code, message, index, late: LATE.test(message) }];
  });
}

/** What ended the waiting for something: its index, and in words. */
export interface Turn {
  readonly index: number;
  readonly text: string;
}

/** How it stood when a scenario gave up waiting after entry `from`, for a rule whose entry never came. */
export function whatHappened(transcript: Transcript, from: number): Turn {
  const { entries } = transcript;
  const killed = indexOf(transcript, (entry) => entry.kind === 'signalled' && entry.signal === 'SIGKILL');
  const seen = entries.slice(0, killed < 0 ? undefined : killed);
  const turns = (entry: Entry): boolean =>
    entry.kind === 'ended' || entry.kind === 'waited' || isLeft('control')(entry);
  const index = seen.findIndex((entry, at) => at >= from && turns(entry));
  const turn = seen[index];
  if (turn?.kind === 'waited') return { index, text: `not within ${turn.ms / 1_000} s` };
  // The end of the process says more than that of its connection, and follows it at once.
  const end = seen.findIndex((entry, at) => at >= from && entry.kind === 'ended');
  const ended = seen[end];
  if (ended?.kind === 'ended') return { index: end, text: `the program ended ${howEnded(ended)}` };
  if (turn !== undefined) return { index, text: 'the component ended its control connection' };
  const late = faults(transcript).find((fault) => fault.late && fault.index >= from);
  return late === undefined
    ? { index: seen.length - 1, text: 'it did not happen' }
    : { index: late.index, text: late.message };
}

export function howEnded({ code, signal }: EntryOf<'ended'>): string {
  if (signal !== null) return `by ${signal}`;
  return code === null ? 'before it began' : `with exit code ${code}`;
}
