import type { Phase } from '../gateway/control/conversation.ts';
import type { Handshake } from '../gateway/data/handshake.ts';
import type { Inbound } from '../model/protocol/inbound.ts';
import type { OutgoingBody } from '../model/protocol/outgoing.ts';
import type { ProtocolErrorCode } from '../model/protocol/protocol-error.ts';
import type { Fields } from '../model/wire/fields.ts';

export const DIALECTS = ['json', 'binary'] as const;
export type Dialect = (typeof DIALECTS)[number];

export type SocketName = 'control' | 'data';

/** What the check does to the component at a moment of a scenario; the rules look at what follows. */
export const STEPS = [
  'one-write',
  'pieces',
  'bulk',
  'quiet',
  'recoverable-error',
  'final-error',
  'lose-control',
  'lose-data',
  'silence',
  'reborn',
  'reconfigure',
  'sigterm',
  'shutdown',
] as const;
export type Step = (typeof STEPS)[number];

/** A position in the component's stream, in whole rows and their bytes. */
export interface Written {
  readonly rows: number;
  readonly bytes: number;
}

/** What happened, without its time. Connections of a socket are numbered from 1. */
export type Happening =
  | { readonly kind: 'launched'; readonly pid: number }
  /** `output`: the last lines that the program wrote. */
  | {
      readonly kind: 'ended';
      readonly code: number | null;
      readonly signal: string | null;
      readonly output: readonly string[];
    }
  /** A signal that the check sent. */
  | { readonly kind: 'signalled'; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly kind: 'opened'; readonly socket: SocketName; readonly connection: number }
  | {
      readonly kind: 'closed';
      readonly socket: SocketName;
      readonly connection: number;
      readonly by: 'component' | 'check';
    }
  /** `fields`: the envelope with the names of the JSON dialect, as far as it could be read. */
  | {
      readonly kind: 'message';
      readonly connection: number;
      readonly dialect: Dialect;
      readonly fields: Fields;
      readonly inbound: Inbound;
    }
  | {
      readonly kind: 'sent';
      readonly connection: number;
      readonly id: string;
      readonly answers: string | null;
      readonly body: OutgoingBody;
    }
  /** What Aegis finds wrong with a message, or what did not come in time; the ERROR that tells it follows. */
  | {
      readonly kind: 'fault';
      readonly connection: number;
      readonly code: ProtocolErrorCode;
      readonly message: string;
    }
  /** Where the handshake of the control connection stands now. */
  | { readonly kind: 'phase'; readonly connection: number; readonly phase: Phase }
  /** The first line of a data connection, and what had been written to the component in this run. */
  | {
      readonly kind: 'handshake';
      readonly connection: number;
      readonly line: string;
      readonly handshake: Handshake | undefined;
      readonly problem: string | undefined;
      readonly written: Written;
      readonly run: number;
    }
  | { readonly kind: 'answered'; readonly connection: number; readonly answer: Fields }
  /** Rows from number `first` on. `taken`: the component has read them, or the system holds them for it. */
  | {
      readonly kind: 'rows';
      readonly connection: number;
      readonly first: number;
      readonly count: number;
      readonly bytes: number;
      readonly taken: boolean;
    }
  /** The first bytes of a row, before its connection was closed. */
  | { readonly kind: 'torn'; readonly connection: number; readonly row: number; readonly bytes: number }
  /** What the component wrote after its handshake; `written` are the rows that it may acknowledge. */
  | {
      readonly kind: 'ack';
      readonly connection: number;
      readonly acked: number | undefined;
      readonly problem: string | undefined;
      readonly strict: boolean;
      readonly written: number;
    }
  | { readonly kind: 'step'; readonly step: Step }
  /** The check waited so long for something that did not happen. */
  | { readonly kind: 'waited'; readonly what: string; readonly ms: number };

/** `at`: ms since the program was launched. */
export type Entry = Happening & { readonly at: number };
export type EntryOf<K extends Happening['kind']> = Extract<Entry, { readonly kind: K }>;

/** Everything that happened in one scenario, as plain data. */
export interface Transcript {
  readonly scenario: string;
  /** What the program was given, for comparison with what it says. */
  readonly given: Given;
  readonly entries: readonly Entry[];
}

export interface Given {
  readonly token: string;
  /** `AEGIS_COMPONENT_ID`; empty for a component that is started by hand. */
  readonly componentId: string;
  /** The ids that REGISTERED gives. */
  readonly assignedId: string;
  readonly sessionId: string;
  readonly mode: 'historical' | 'realtime';
  /** Demanded by `--dialect`. */
  readonly dialect: Dialect | undefined;
}

export function isKind<K extends Happening['kind']>(kind: K): (entry: Entry) => entry is EntryOf<K> {
  return (entry): entry is EntryOf<K> => entry.kind === kind;
}
