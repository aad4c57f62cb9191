import { Random } from '../../support/fuzz/random.ts';
import { type Blow, type Fault, VICTIMS, type Victim } from './fault.ts';
import { between, MISBEHAVIOURS, misbehaviour } from './misbehaviours.ts';

export interface PlanOptions {
  readonly seed: number;
  readonly symbols: readonly [string, ...string[]];
  /** Default everything: names of misbehaviours and victims, `stall`. */
  readonly kinds?: readonly string[];
}

const VICTIM_NAMES: readonly string[] = Object.keys(VICTIMS);
const STALL = 'stall';
export const KINDS: readonly string[] = [...VICTIM_NAMES, STALL, ...MISBEHAVIOURS];
/** Kills and stalls come so often for one misbehaviour of a kind. */
const KILL_WEIGHT = 3;
const PAIR_PERCENT = 20;
const PAIR_WITHIN_MS = 1_500;
const MIN_PAUSE_MS = 200;
const MAX_PAUSE_MS = 4_000;

/** The faults that follow from a seed, without end: each kind comes before any comes again. */
export function* plan(options: PlanOptions): Generator<Fault, never> {
  const random = new Random(options.seed);
  const deck = new Deck(random, options);
  for (let number = 1; ; number += 1) {
    // Short ones are as likely as long ones: evenly over the logarithm.
    const pauseMs = Math.round(MIN_PAUSE_MS * (MAX_PAUSE_MS / MIN_PAUSE_MS) ** (random.int(1_000) / 1_000));
    const blow = deck.draw();
    if (!random.chance(PAIR_PERCENT)) yield { number, pauseMs, blow };
    else yield { number, pauseMs, blow, second: { blow: deck.draw(), afterMs: random.int(PAIR_WITHIN_MS) } };
  }
}

class Deck {
  readonly #random: Random;
  readonly #symbols: PlanOptions['symbols'];
  readonly #kinds: readonly string[];
  #cards: string[] = [];

  constructor(random: Random, { symbols, kinds = KINDS }: PlanOptions) {
    if (kinds.length === 0) throw new Error('there is no kind of fault to draw');
    this.#random = random;
    this.#symbols = symbols;
    this.#kinds = kinds.flatMap((kind) => Array<string>(MISBEHAVIOURS.includes(kind) ? 1 : KILL_WEIGHT).fill(kind));
  }

  draw(): Blow {
    if (this.#cards.length === 0) this.#cards = [...this.#kinds];
    const [kind = STALL] = this.#cards.splice(this.#random.int(this.#cards.length), 1);
    const victim = victimOf(kind);
    if (victim !== undefined) return { type: 'kill', victim };
    if (kind === STALL) return { type: 'stall', forMs: between(this.#random, 1_000, 10_000) };
    return misbehaviour(kind, this.#random, this.#random.pick([...this.#symbols]));
  }
}

function victimOf(kind: string): Victim | undefined {
  switch (kind) {
    case 'orchestrator':
    case 'data stream server':
    case 'nats-server':
      return kind;
    default:
      return undefined;
  }
}
