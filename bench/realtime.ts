import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { count } from '../src/model/text.ts';
import { type Measured, type MeasureOptions, measureAegis, measurePlain } from './realtime/measure.ts';
import { type BenchResult, resultOf } from './result.ts';

const RATES = [1_000, 10_000];
const QUANTILES: Readonly<Record<string, number>> = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 };

export interface RealtimeBenchOptions {
  readonly home: string;
  /** Messages per second over 8 streams; default 1,000 and 10,000. */
  readonly rates?: readonly number[];
  /** Default 3. */
  readonly runs?: number;
  /** Of every run, after its warm-up; default 8. */
  readonly seconds?: number;
}

/**
 * What Aegis adds to a message of the exchange, at two rates: from the call that sends a frame to the read of its row by a
 * component, less the median that a plain WebSocket client has from the same call to the read of the frame. Both are told
 * as well. Every run is followed by one of the plain client, so that both meet the same load of the machine.
 */
export async function benchRealtime(home: string): Promise<BenchResult[]> {
  return measureRealtime({ home: join(home, 'realtime') });
}

export async function measureRealtime(options: RealtimeBenchOptions): Promise<BenchResult[]> {
  const { home, rates = RATES, runs = 3, seconds = 8 } = options;
  const results: BenchResult[] = [];
  for (const rate of rates) {
    const whole: Measured[] = [];
    const plain: Measured[] = [];
    for (let run = 0; run < runs; run++) {
      const at = (name: string): MeasureOptions => ({ home: join(home, `${name}-${rate}-${run}`), rate, seconds });
      whole.push(await measureAegis(at('aegis')));
      plain.push(await measurePlain(at('plain')));
    }
    results.push(...resultsOf(rate, whole, plain));
  }
  return results;
}

function resultsOf(rate: number, whole: readonly Measured[], plain: readonly Measured[]): BenchResult[] {
  const hops = plain.map(({ latencies }) => quantile(latencies, 0.5));
  const rows = count(whole[0]?.latencies.length ?? 0);
  const of = (what: string, note: string, value: (q: number) => readonly number[]) =>
    Object.entries(QUANTILES).map(([name, q]) => resultOf(`${count(rate)}/s ${what} ${name}`, 'µs', note, value(q)));
  const all = (measured: readonly Measured[]) => (q: number) => measured.map(({ latencies }) => quantile(latencies, q));
  const added = (q: number) => all(whole)(q).map((value, run) => value - (hops[run] ?? Number.NaN));
  return [
    ...of('added', `what Aegis adds: the whole less the median of the plain client; ${rows} rows per run`, added),
    ...of('whole', `frame sent to row read by a component; CPU ${cpuText(whole)}`, all(whole)),
    ...of('plain', `the same frame sent to read by a plain client; CPU ${cpuText(plain)}`, all(plain)),
  ];
}

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
}

/** Shares of one core, of the last run. */
function cpuText(measured: readonly Measured[]): string {
  const shares = Object.entries(measured.at(-1)?.cpu ?? {});
  return shares.map(([name, share]) => `${name} ${Math.round(100 * share)} %`).join(', ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      rates: { type: 'string', default: RATES.join() },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
    },
  });
  const home = await mkdtemp(join(tmpdir(), 'aegis-bench-'));
  const rates = values.rates.split(',').map(Number);
  try {
    const options = { home, rates, runs: Number(values.runs), seconds: Number(values.seconds) };
    for (const { name, min, median, max, note } of await measureRealtime(options)) {
      const [low, middle, high] = [min, median, max].map((value) => value.toFixed(0));
      process.stdout.write(`${name.padEnd(24)} ${low} … ${middle} … ${high} µs  ${note}\n`);
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
