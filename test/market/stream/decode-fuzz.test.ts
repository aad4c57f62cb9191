import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../src/market/binance/stream/decode.ts';
import type { Frame, MarketEvent } from '../../../src/market/binance/stream/market-event.ts';
import { MARKETS } from '../../../src/model/market.ts';

const T = 1723161255342;
const LEVELS = [
  ['61737.63000000', '0.00000000'],
  ['61730.17000000', '0.5'],
];
const SAMPLES: readonly object[] = [
  {
    stream: 'btcusdt@trade',
    data: { e: 'trade', E: T, s: 'BTCUSDT', t: 5, p: '1.50', q: '0.02', T, X: 'MARKET', m: true },
  },
  { e: 'aggTrade', E: T, s: 'BTCUSDT', a: 7, p: '1.01100', q: '10', f: 3, l: 5, T, m: false },
  { e: 'depthUpdate', E: T, T, s: 'BTCUSDT', U: 10, u: 12, pu: 9, b: LEVELS, a: LEVELS },
  { stream: 'btcusdt@bookTicker', data: { u: 9, s: 'BTCUSDT', b: '1.1', B: '3.7', a: '1.2', A: '1.5' } },
  {
    e: 'kline',
    E: T,
    s: 'BTCUSDT',
    k: { t: T, T, i: '1m', o: '1', c: '2', h: '3', l: '1', v: '9', n: 3, x: true, q: '4', V: '5', Q: '6' },
  },
  { result: null, id: 1 },
  { e: 'serverShutdown', E: T },
];

const junk = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(undefined, '-0', '1e999', '1e-5', '.', '', -1, 1.5, 2 ** 60, '__proto__', [[]], [['1', '2', '3']]),
);

/** A sample in which one value, anywhere, is another one or missing. */
const damaged = fc.tuple(fc.constantFrom(...SAMPLES), fc.nat(), junk).map(([sample, place, value]) => {
  const paths = pathsOf(sample, []);
  return JSON.stringify(replaced(sample, paths[place % paths.length] ?? [], value)) ?? '';
});

/** A sample in which characters were cut out or put in. */
const garbled = fc
  .tuple(fc.constantFrom(...SAMPLES), fc.nat(), fc.nat(20), fc.string({ maxLength: 20 }))
  .map(([sample, at, cut, text]) => {
    const whole = JSON.stringify(sample);
    const start = at % whole.length;
    return whole.slice(0, start) + text + whole.slice(start + cut);
  });

const RUNS = { numRuns: 5000 };

describe('decodeFrame, whatever comes', () => {
  it.each([
    ['any text', fc.string()],
    ['any JSON', fc.json()],
    ['frames with one wrong value', damaged],
    ['frames cut and garbled', garbled],
  ])('%s: never throws, and never passes on what cannot become a row', (_, texts) => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...MARKETS), (text, market) => expectSound(decodeFrame(text, market))),
      RUNS,
    );
  });

  it('any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expectSound(decodeFrame(Buffer.from(bytes), 'spot'))));
  });

  it('a time with a digit too many, of which µs would not be exact, is none', () => {
    const [trade = {}] = SAMPLES;
    const text = JSON.stringify(trade).replaceAll(String(T), `1${T}`);
    expect(decodeFrame(text, 'spot')).toMatchObject({ type: 'malformed', problem: expect.stringContaining('a time') });
  });

  it('the samples themselves are understood', () => {
    const types = SAMPLES.map((sample) => decodeFrame(JSON.stringify(sample), 'um').type);
    expect(types).toEqual(['event', 'event', 'event', 'event', 'event', 'reply', 'shutdown']);
  });
});

function expectSound(frame: Frame): void {
  if (frame.type === 'malformed') expect(frame.problem.length).toBeLessThan(200);
  if (frame.type === 'event') for (const value of valuesOf(frame.event)) expect(isSound(value)).toBe(true);
}

/** Numbers are exact, texts are short; a decimal is a JSON number. */
function isSound(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  if (typeof value === 'string') return !/["\\\p{Cc}]/u.test(value);
  return typeof value === 'boolean';
}

function valuesOf(value: MarketEvent | unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(valuesOf) : [value];
}

type Path = readonly string[];

function pathsOf(value: unknown, at: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...at, key]))];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((child, i) => (String(i) === key ? replaced(child, rest, by) : child));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, name === key ? replaced(child, rest, by) : child]),
  );
}
