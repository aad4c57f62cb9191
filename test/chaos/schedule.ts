import { Random } from '../support/fuzz/random.ts';
import { type Fault, type PlannedRun, PROCESS_KINDS, type ProcessKind, SIGNALS, type Strike } from './fault.ts';

export const POWER_LOSS = 'power-loss';
export type ChaosKind = ProcessKind | typeof POWER_LOSS;
export const CHAOS_KINDS: readonly ChaosKind[] = [...PROCESS_KINDS, POWER_LOSS];

export interface ScheduleOptions {
  readonly seed: number;
  /** How many faults over all runs. */
  readonly kills: number;
  /** What may happen; default everything. */
  readonly kinds?: readonly ChaosKind[];
  /** Components of a run. */
  readonly components: number;
  /** Faults in one run; a power loss has a run of its own. Default 8. */
  readonly perRun?: number;
}

/** In one of so many runs the first fault comes while the session starts. */
const EARLY_EVERY = 3;
/** Faults end early enough for rows to be left, whatever flows on while the last of them goes on. */
const FIRST_MOMENT = 0.02;
const LAST_MOMENT = 0.6;
/** One of so many faults is a power loss, one of so many others a pair. */
const POWER_LOSS_EVERY = 16;
const PAIR_EVERY = 7;
const PAIR_WITHIN_MS = 300;
const MIN_STOP_MS = 100;
/** Beyond the 5 s after which a lease is given to the next attempt. */
const MAX_STOP_MS = 7_000;
const MAX_DOWN_MS = 1_500;

/** The faults that follow from a seed, the same on every machine. Each kind and signal comes about equally often. */
export function schedule(options: ScheduleOptions): readonly PlannedRun[] {
  const { seed, kills, kinds = CHAOS_KINDS, perRun = 8 } = options;
  const random = new Random(seed);
  const processKinds = PROCESS_KINDS.filter((kind) => kinds.includes(kind));
  const powerLosses = powerLossesOf(kills, kinds, processKinds.length);
  const deck = new Deck(random, processKinds, options.components);
  const rest = kills - powerLosses;
  const runs: Fault[][] = Array.from({ length: Math.ceil(rest / perRun) }, (_, run) => {
    const moments = momentsOf(random, Math.min(perRun, rest - run * perRun));
    if (random.int(EARLY_EVERY) === 0) moments[0] = 0;
    return moments.map((moment) => ({ type: 'strikes', moment, strikes: deck.draw() }));
  });
  for (let n = 0; n < powerLosses; n += 1) {
    const [moment = LAST_MOMENT] = momentsOf(random, 1);
    runs.push([{ type: 'power-loss', moment, downMs: random.int(MAX_DOWN_MS) }]);
  }
  return shuffled(random, runs).map((faults, index) => ({ number: index + 1, faults }));
}

function powerLossesOf(kills: number, kinds: readonly ChaosKind[], others: number): number {
  if (!kinds.includes(POWER_LOSS)) return 0;
  return others === 0 ? kills : Math.floor(kills / POWER_LOSS_EVERY);
}

function momentsOf(random: Random, count: number): number[] {
  const span = LAST_MOMENT - FIRST_MOMENT;
  const moments = Array.from({ length: count }, () => FIRST_MOMENT + (random.int(1_000) / 1_000) * span);
  return moments.sort((a, b) => a - b);
}

/** Gives every kind with every signal once, in random order, before any comes again. */
class Deck {
  readonly #random: Random;
  readonly #kinds: readonly ProcessKind[];
  readonly #components: number;
  #cards: Pick<Strike, 'kind' | 'signal'>[] = [];

  constructor(random: Random, kinds: readonly ProcessKind[], components: number) {
    this.#random = random;
    this.#kinds = kinds;
    this.#components = components;
  }

  draw(): readonly [Strike, ...Strike[]] {
    const first = this.#strike(0);
    if (this.#random.int(PAIR_EVERY) > 0) return [first];
    const second = this.#strike(this.#random.int(PAIR_WITHIN_MS));
    const same = second.kind === first.kind && second.component === first.component;
    return same ? [first] : [first, second];
  }

  #strike(afterMs: number): Strike {
    if (this.#cards.length === 0) {
      const all = this.#kinds.flatMap((kind) => SIGNALS.map((signal) => ({ kind, signal })));
      this.#cards = shuffled(this.#random, all);
    }
    const card = this.#cards.pop();
    if (card === undefined) throw new Error('there is no kind of process to draw');
    const { kind, signal } = card;
    const component = kind === 'component' ? this.#random.int(this.#components) : 0;
    return { kind, signal, component, afterMs, downMs: this.#downMs(card) };
  }

  #downMs({ kind, signal }: Pick<Strike, 'kind' | 'signal'>): number {
    if (signal === 'SIGSTOP') return stopMs(this.#random);
    if (kind === 'aegisd') return this.#random.int(MAX_DOWN_MS);
    const server = kind === 'nats-server' || kind === 'temporal';
    return server && this.#random.chance(30) ? this.#random.int(MAX_DOWN_MS) : 0;
  }
}

/** Short ones are as likely as long ones: evenly over the logarithm. */
function stopMs(random: Random): number {
  return Math.round(MIN_STOP_MS * (MAX_STOP_MS / MIN_STOP_MS) ** (random.int(1_000) / 1_000));
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(random.int(rest.length), 1));
}
