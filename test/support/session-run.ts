import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionHandle, SessionSpecInput } from '../../src/client/index.ts';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import { homePaths } from '../../src/model/paths.ts';
import { type RunStatus, runStatusPath } from '../../src/model/run-status.ts';
import type { ComponentSpec, Session } from '../../src/model/session.ts';
import { HostKey } from '../../src/servers/host-key.ts';
import { processesOf, pythonComponent, type TestAegis, topicsArgs } from './aegis.ts';
import { independentStream, type Source, sourcesIn } from './independent.ts';
import { until } from './until.ts';

/** The day of which tests make their sample; its spot archives are in µs. */
export const DAY = '2025-03-01';
export const FROM = Date.parse(`${DAY}T00:00:00Z`);
export const TO = FROM + 86_400_000;

export interface Declaration {
  readonly symbols: readonly string[];
  readonly streams: readonly string[];
  readonly timeframes?: readonly string[];
  /** Of order books; default 100 ms. */
  readonly speeds?: readonly string[];
}

/** The short topics of a declaration, as the protocol derives them. */
export function topicsOf({ symbols, streams, timeframes = [], speeds = ['100ms'] }: Declaration): string[] {
  const details = (stream: string) => {
    if (stream === 'klines' || stream === 'klineUpdates') return timeframes.map((each) => `.${each}`);
    return stream === 'orderBook' ? speeds.map((each) => `.${each}`) : [''];
  };
  return streams.flatMap((stream) =>
    symbols.flatMap((symbol) => details(stream).map((detail) => `${stream}.${symbol}${detail}`)),
  );
}

export interface SampleOptions {
  readonly symbols: readonly string[];
  /** Per symbol. */
  readonly trades: number;
  /** Default 1, from {@link DAY} on. */
  readonly days?: number;
}

/** Sample archives in the home: trades, aggTrades and klines of 1m on spot. */
export async function sample(aegis: TestAegis, { symbols, trades, days = 1 }: SampleOptions): Promise<void> {
  await generateSample({ visionDir: aegis.vision, market: 'spot', symbols, from: DAY, days, tradesPerDay: trades });
}

type HistoricalInput = Extract<SessionSpecInput, { mode: 'historical' }>;

/** A historical session over {@link DAY}. */
export function spec(changes: Partial<HistoricalInput> = {}): HistoricalInput {
  return { mode: 'historical', market: 'spot', from: FROM, to: TO, ...changes };
}

/** What a component with this declaration must get; default range: the {@link DAY}. */
export function expectedLines(
  aegis: TestAegis,
  sessionId: string,
  declared: Declaration,
  { from = FROM, to = TO } = {},
): string[] {
  return independentStream({ sources: sampleSources(aegis, declared), sessionId, from, to });
}

function sampleSources({ vision }: TestAegis, declared: Declaration): Source[] {
  return topicsOf(declared).flatMap((topic) =>
    sourcesIn(join(vision, 'data/spot/daily', topic.replaceAll('.', '/')), topic),
  );
}

export interface Attached extends ComponentSpec {
  /** File that takes its rows. */
  readonly out: string;
}

export interface AttachOptions extends Declaration {
  /** A program of `test/support/components`. */
  readonly style: string;
  /** Default: the style. */
  readonly name?: string;
  readonly args?: readonly string[];
  readonly required?: boolean;
  readonly restart?: { readonly policy: 'never' | 'on-failure' | 'always' };
}

export async function attach(aegis: TestAegis, session: SessionHandle, options: AttachOptions): Promise<Attached> {
  const { style, name = style, args = [], symbols, streams, timeframes = [], speeds = [], required, restart } = options;
  const out = join(aegis.home, `${session.name}.${name}.ndjson`);
  const declared = topicsArgs({
    symbols: [...symbols],
    streams: [...streams],
    timeframes: [...timeframes],
    speeds: [...speeds],
  });
  const component = await session.attach({
    name,
    launch: pythonComponent(style, out, [...declared, ...args]),
    ...(required === undefined ? {} : { required }),
    ...(restart === undefined ? {} : { restart }),
  });
  return { ...component, out };
}

/** What a component that is started by hand needs to enter the session. */
export async function tokenOf({ home }: TestAegis, session: SessionHandle): Promise<string> {
  const { id } = await session.state();
  return HostKey.load(homePaths(home).hostKey).tokenFor({ session: session.name, sessionId: id });
}

/** Starts and waits for the end of the run. */
export async function runToEnd(session: SessionHandle, timeoutMs = 180_000): Promise<Session> {
  await session.start();
  return session.waitFor(['FINISHED'], { timeoutMs });
}

/** The lines that a component has got, once they are as many as expected; some more would be seen as well. */
export async function received({ out }: Attached, expected: readonly string[]): Promise<string[]> {
  const bytes = expected.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  await until(`${bytes} bytes have arrived in ${out}`, () => (sizeOf(out) ?? 0) >= bytes);
  return linesIn(out);
}

export function linesIn(path: string): string[] {
  return sizeOf(path) === undefined ? [] : readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

export function statusOf({ home }: TestAegis, { name, id, run }: Session): RunStatus | undefined {
  try {
    return JSON.parse(readFileSync(runStatusPath(home, name, id, run), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Waits until so many rows of the current run have been taken; fails when the run ends before. */
export async function rowsTaken(aegis: TestAegis, session: SessionHandle, rows: number): Promise<number> {
  const state = await session.waitFor(['RUNNING']);
  return until(`${rows} rows are taken`, () => {
    const taken = statusOf(aegis, state)?.rows ?? 0;
    return taken >= rows && taken;
  });
}

/** Kills the one process of this home whose command line has this in it, the shells that watch servers aside; its pid. */
export function killNine({ home }: TestAegis, commandLine: string): number {
  const found = processesOf(home).filter((line) => line.includes(commandLine) && !/^\d+ \S*sh /.test(line));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${commandLine}: ${found.length} processes`);
  const pid = Number.parseInt(only, 10);
  process.kill(pid, 'SIGKILL');
  return pid;
}
