/** The processes that something happens to. */
export const PROCESS_KINDS = [
  'component',
  'orchestrator',
  'data-stream-server',
  'aegisd',
  'nats-server',
  'temporal',
] as const;
export type ProcessKind = (typeof PROCESS_KINDS)[number];

/** SIGSTOP is followed by SIGCONT. */
export const SIGNALS = ['SIGKILL', 'SIGSTOP'] as const;
export type Signal = (typeof SIGNALS)[number];

/** One process is killed or stopped. */
export interface Strike {
  readonly kind: ProcessKind;
  readonly signal: Signal;
  /** Which of the components, for that kind. */
  readonly component: number;
  /** After the first strike of its fault, ms. */
  readonly afterMs: number;
  /**
   * SIGSTOP: until SIGCONT. SIGKILL of aegisd: until it is started again. SIGKILL of nats-server and temporal: as long it
   * is killed again whenever it comes back. ms; 0 for the others.
   */
  readonly downMs: number;
}

/** What happens at one moment of a run. */
export type Fault =
  | { readonly type: 'strikes'; readonly moment: number; readonly strikes: readonly [Strike, ...Strike[]] }
  /** Every process of the home is killed at once, components and their shims as well; aegisd is started after `downMs`. */
  | { readonly type: 'power-loss'; readonly moment: number; readonly downMs: number };

/**
 * `moment` of a fault: the part of its stream, from 0 to 1, that the component has got that is furthest behind. 0: as soon
 * as the session has begun to start, whatever its components have done by then.
 */
export interface PlannedRun {
  /** From 1. */
  readonly number: number;
  readonly faults: readonly Fault[];
}

/** `SIGKILL component 2 + SIGSTOP temporal`. */
export function nameOf(fault: Fault): string {
  if (fault.type === 'power-loss') return `power loss for ${fault.downMs} ms`;
  return fault.strikes.map(describe).join(' + ');
}

function describe({ kind, signal, component, afterMs, downMs }: Strike): string {
  const which = kind === 'component' ? ` ${component}` : '';
  const after = afterMs > 0 ? ` after ${afterMs} ms` : '';
  const down = downMs > 0 ? ` for ${downMs} ms` : '';
  return `${signal} ${kind}${which}${after}${down}`;
}

/** The row of the table of results in which a fault is counted. */
export function classOf(fault: Fault): string {
  if (fault.type === 'power-loss') return 'power loss';
  const [first, second] = fault.strikes;
  return second === undefined ? `${first.kind} ${first.signal}` : 'two at once';
}

/** Places of the components whose processes a fault kills. */
export function killedComponents(fault: Fault, components: number): number[] {
  const all = Array.from({ length: components }, (_, index) => index);
  if (fault.type === 'power-loss') return all;
  const kills = fault.strikes.filter(({ kind, signal }) => kind === 'component' && signal === 'SIGKILL');
  return all.filter((index) => kills.some(({ component }) => component === index));
}
