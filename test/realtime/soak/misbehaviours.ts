import type { Misbehaviour } from '../../../src/fake/faults/misbehaviour.ts';
import type { Random } from '../../support/fuzz/random.ts';
import type { Blow } from './fault.ts';

type Misbehaves = Extract<Blow, { readonly type: 'misbehave' }>;
type Maker = (random: Random, symbol: string) => Pick<Misbehaves, 'does' | 'mend'> & { readonly forMs?: number };

const CUT: Misbehaviour = { kind: 'disconnect', how: 'cut' };

/** What the exchange does, with random numbers. `symbol`: the one that it concerns, where it concerns one. */
const MAKERS: Readonly<Record<string, Maker>> = {
  'trades left out': (random, symbol) => frames('omit', streamOf(symbol, 'trade'), 1 + random.int(300)),
  'aggregates left out': (random, symbol) => frames('omit', streamOf(symbol, 'aggTrade'), 1 + random.int(300)),
  // Open bars come 30 times as often as closed ones.
  'bars left out': (random, symbol) => frames('omit', streamOf(symbol, 'kline_1m'), 30 + random.int(60)),
  'book broken': (random, symbol) => frames('omit', streamOf(symbol, 'depth*'), 1 + random.int(3)),
  'book crossed': (_random, symbol) => frames('crossedBook', streamOf(symbol, 'depth*'), 1),
  'frames swapped': (random) => frames('swap', '*', 1 + random.int(200)),
  'frames twice': (random) => frames('duplicate', '*', 1 + random.int(2_000)),
  'frames malformed': (random) => frames('malformed', '*', 1 + random.int(50)),
  'frames truncated': (random) => frames('truncated', '*', 1 + random.int(50)),
  'unknown fields': (random) => frames('unknownFields', '*', 1 + random.int(2_000)),
  'unknown events': (random) => frames('unknownEvent', '*', 1 + random.int(500)),
  'one stream silent': (random, symbol) => {
    const forMs = between(random, 1_000, 15_000);
    const stream = streamOf(symbol, random.pick(['trade', 'aggTrade', 'kline_1m', 'depth*']));
    return { does: [{ kind: 'silence', stream, forMs }], forMs };
  },
  'connections cut': () => ({ does: [CUT] }),
  'connections closed': () => ({ does: [{ kind: 'disconnect', how: 'close' }] }),
  'connections half open': () => ({ does: [{ kind: 'halfOpen' }] }),
  '24 hours over': () => ({ does: [{ kind: 'lifetimeEnd' }] }),
  'shutdown announced': (random) => {
    const afterMs = between(random, 2_000, 6_000);
    return { does: [{ kind: 'shutdown', afterMs }], forMs: afterMs };
  },
  'connections refused': (random) => {
    const forMs = between(random, 500, 4_000);
    return { does: [{ kind: 'refuse', forMs }, CUT], forMs };
  },
  'server away': (random) => {
    const forMs = between(random, 500, 4_000);
    return { does: [{ kind: 'away', forMs }], forMs };
  },
  'REST 429 after a cut': (random) => rest(429, random, { retryAfterS: 1 + random.int(3) }),
  'REST 500 after a cut': (random) => rest(500, random, {}),
  'REST late after a cut': (random) => ({
    does: [{ kind: 'slowRest', delayMs: between(random, 200, 2_000), times: 1 + random.int(6) }, CUT],
  }),
  'ids that do not exist': (random, symbol) => ({ does: [{ kind: 'lostIds', symbol, count: 1 + random.int(40) }] }),
  'clock wrong': (random) => {
    const ms = between(random, -90_000, 90_000);
    return { does: [{ kind: 'skew', ms }], forMs: between(random, 500, 5_000), mend: { kind: 'skew', ms: 0 } };
  },
};

export const MISBEHAVIOURS: readonly string[] = Object.keys(MAKERS);

export function misbehaviour(name: string, random: Random, symbol: string): Blow {
  const make = MAKERS[name];
  if (make === undefined) throw new Error(`the exchange cannot do this wrong: ${name}`);
  return { type: 'misbehave', name, forMs: 0, ...make(random, symbol) };
}

function frames(kind: 'omit' | 'swap' | 'crossedBook' | FrameKind, stream: string, times: number): ReturnType<Maker> {
  return { does: [{ kind, stream, times }] };
}
type FrameKind = 'duplicate' | 'malformed' | 'truncated' | 'unknownFields' | 'unknownEvent';

function rest(status: number, random: Random, more: { readonly retryAfterS?: number }): ReturnType<Maker> {
  return { does: [{ kind: 'restError', status, times: 1 + random.int(2), ...more }, CUT] };
}

function streamOf(symbol: string, name: string): string {
  return `${symbol.toLowerCase()}@${name}`;
}

export function between(random: Random, from: number, to: number): number {
  return from + random.int(to - from + 1);
}
