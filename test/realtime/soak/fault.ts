import type { Misbehaviour } from '../../../src/fake/faults/misbehaviour.ts';

/** What is killed with SIGKILL, by a part of its command line. */
export const VICTIMS = {
  orchestrator: 'orchestrator/main',
  'data stream server': 'gateway/data/main',
  'nats-server': 'nats-server',
} as const;
export type Victim = keyof typeof VICTIMS;

/** One thing that happens. */
export type Blow =
  | { readonly type: 'kill'; readonly victim: Victim }
  /** The exchange does this for so long, ms; 0: it is done at once, or lasts for a number of frames. */
  | {
      readonly type: 'misbehave';
      readonly name: string;
      readonly does: readonly Misbehaviour[];
      readonly forMs: number;
      /** What ends it, if it does not end by itself. */
      readonly mend?: Misbehaviour;
    }
  /** The slow component reads nothing for so long. */
  | { readonly type: 'stall'; readonly forMs: number };

export interface Fault {
  /** From 1. */
  readonly number: number;
  /** After the recovery from the fault before, ms. */
  readonly pauseMs: number;
  readonly blow: Blow;
  /** Falls into the first one, ms after it. */
  readonly second?: { readonly blow: Blow; readonly afterMs: number };
}

/** `trades left out, SIGKILL orchestrator after 120 ms`. */
export function nameOf({ blow, second }: Fault): string {
  const first = blowName(blow);
  return second === undefined ? first : `${first}, ${blowName(second.blow)} after ${second.afterMs} ms`;
}

/** The row of the table of results in which a fault is counted. */
export function classOf({ blow, second }: Fault): string {
  return second === undefined ? kindOf(blow) : 'two at once';
}

export function hasKill({ blow, second }: Fault): boolean {
  return blow.type === 'kill' || second?.blow.type === 'kill';
}

function blowName(blow: Blow): string {
  if (blow.type === 'kill') return kindOf(blow);
  const lasts = blow.forMs > 0 ? ` for ${blow.forMs} ms` : '';
  if (blow.type === 'stall') return `${kindOf(blow)}${lasts}`;
  const times = blow.does.flatMap((each) => ('times' in each ? [`${each.times} times`] : []));
  return [`${blow.name}${lasts}`, ...times].join(' ');
}

function kindOf(blow: Blow): string {
  if (blow.type === 'kill') return `SIGKILL ${blow.victim}`;
  return blow.type === 'stall' ? 'slow component stops reading' : blow.name;
}
