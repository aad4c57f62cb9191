import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSeries } from '../../../src/market/binance/series/id-series.ts';
import { trade } from './events.ts';
import { RecordingPort } from './recording-port.ts';

/** What happens to one id of the exchange. */
interface Fate {
  /** Place of its first frame, relative to its id; undefined: no frame comes. */
  readonly delay: number | undefined;
  /** A second frame, so many places later. */
  readonly again: number | undefined;
  readonly inRest: boolean;
  readonly spent: boolean;
  /** ms until the next frame. */
  readonly pause: number;
}

const fate: fc.Arbitrary<Fate> = fc.record({
  delay: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.nat(8) },
    fc.constant(undefined),
  ),
  again: fc.option(fc.nat(20), { nil: undefined, freq: 5 }),
  inRest: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
  spent: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
  pause: fc.constantFrom(0, 1, 30, 120, 400),
});

/** How REST treats a request. */
const answer = fc.record({
  kind: fc.constantFrom('whole', 'whole', 'truncated', 'failed'),
  pageSize: fc.integer({ min: 1, max: 7 }),
  /** Frames that come in between. */
  latency: fc.nat(6),
});

const scenario = fc.record({
  fates: fc.array(fate, { minLength: 1, maxLength: 120, size: 'max' }),
  answers: fc.array(answer, { minLength: 1, maxLength: 12 }),
  maxHeld: fc.integer({ min: 1, max: 40 }),
  resumeBefore: fc.boolean(),
  /** Times without a connection. */
  outages: fc.array(fc.record({ from: fc.nat(120), length: fc.nat(50) }), { maxLength: 3, size: 'max' }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

const FIRST = 1_000;

describe('trades by their ids, whatever happens on the way', () => {
  it('rows grow by id; each id is delivered once or declared lost once, never both, never neither', () => {
    const sums = { delivered: 0, lost: 0, filled: 0, requests: 0 };
    fc.assert(
      fc.property(scenario, (given) => {
        const { port, delivered, lost, first, last, spentIds } = play(given);
        expect(delivered).toEqual([...new Set(delivered)].sort((a, b) => a - b));
        const silent = spentIds.filter((id) => id >= first && id <= last && !lost.includes(id));
        expect([...delivered, ...lost, ...silent].sort((a, b) => a - b)).toEqual(range(first, last));
        sums.delivered += delivered.length;
        sums.lost += lost.length;
        sums.filled += port.gaps().filter((text) => text.startsWith('filled')).length;
        sums.requests += port.requests.length;
      }),
      { numRuns: 600 },
    );
    // The scenarios were no idle ones.
    for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(300);
  });

  it('nothing is lost while REST has everything and answers', () => {
    const good = scenario.map((given) => ({
      ...given,
      fates: given.fates.map((each) => ({ ...each, inRest: true })),
      answers: given.answers.filter(({ kind }) => kind !== 'failed'),
    }));
    fc.assert(
      fc.property(good, (given) => {
        expect(play(given).lost).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('every id of a gap is in one piece that was filled or lost, and the pieces say how many rows came', () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { port, delivered } = play(given);
        const pieces = port.statuses.flatMap((each) => (each.kind === 'gap' ? [each] : []));
        const asked = pieces.filter(({ state }) => state === 'filling').flatMap(({ from, to }) => range(from, to));
        const settled = pieces.filter(({ state }) => state !== 'filling').flatMap(({ from, to }) => range(from, to));
        expect(settled).toEqual(asked);
        for (const { state, from, to, rows } of pieces.filter((each) => each.state !== 'filling')) {
          expect(rows).toBe(state === 'lost' ? 0 : delivered.filter((id) => id >= from && id <= to).length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function play({ fates, answers, maxHeld, resumeBefore, outages }: Scenario) {
  const port = new RecordingPort();
  const series = new IdSeries({ topic: 'trades.X', type: 'trades', symbol: 'X', port, maxHeld });
  const fateOf = (id: number) => fates[id - FIRST];
  const event = (id: number) => (fateOf(id)?.spent ? ({ type: 'spentTrade', symbol: 'X', id } as const) : trade(id));
  const frames = fates
    .flatMap(({ delay, again, pause }, index) => {
      if (delay === undefined || outages.some(({ from, length }) => index >= from && index < from + length)) return [];
      const once = { id: FIRST + index, place: index + delay, pause };
      return again === undefined ? [once] : [once, { ...once, place: once.place + again }];
    })
    .sort((a, b) => a.place - b.place);
  let now = 0;
  let served = 0;
  let requests = 0;
  let due: { readonly at: number; readonly serve: () => void } | undefined;
  if (resumeBefore) series.resume(FIRST - 1);

  const listen = (step: number) => {
    const request = port.requests[served];
    if (due !== undefined || request === undefined || !('fromId' in request)) return;
    const { kind, pageSize, latency } = answers[requests % answers.length] ?? {
      kind: 'whole',
      pageSize: 5,
      latency: 0,
    };
    const { fromId, toId } = request;
    requests++;
    const serve = () => {
      if (kind === 'failed') return series.failed('refused', now);
      const had = range(fromId, toId).filter((id) => fateOf(id)?.inRest);
      // A truncated answer gives at least one row, so that it gets on.
      const given = kind === 'truncated' ? had.slice(0, Math.max(1, had.length >> 1)) : had;
      for (let at = 0; at < given.length; at += pageSize) {
        series.fetched(given.slice(at, at + pageSize).map(event), false, now);
      }
      series.fetched([], true, now);
    };
    due = { at: step + latency, serve };
    served++;
  };
  const step = (index: number) => {
    series.tick(now);
    listen(index);
    if (due === undefined || due.at > index) return;
    const { serve } = due;
    due = undefined;
    serve();
  };

  for (const [index, { id, pause }] of frames.entries()) {
    series.take(event(id), now);
    step(index);
    now += pause;
  }
  for (let index = frames.length; index < frames.length + 2_000; index++) {
    now += 250;
    step(index);
  }
  const lost = port.statuses.flatMap((each) =>
    each.kind === 'gap' && each.state === 'lost' ? range(each.from, each.to) : [],
  );
  const first = resumeBefore ? FIRST : (frames[0]?.id ?? FIRST);
  const delivered = port.numbers('id');
  // REST may have been asked what comes after the last frame.
  const last = Math.max(first - 1, ...frames.map(({ id }) => id), ...delivered);
  const spentIds = fates.flatMap(({ spent }, index) => (spent ? [FIRST + index] : []));
  return { port, delivered, lost, first, last, spentIds };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
