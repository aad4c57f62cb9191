import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChildMessages, forkProcess } from '../../test/orchestrator/child.ts';
import { until } from '../../test/orchestrator/until.ts';
import { cpuSeconds } from './cpu-time.ts';
import type { SendOrder } from './exchange.ts';
import { RealtimePath } from './path.ts';
import { readStamps } from './stamps.ts';

export interface MeasureOptions {
  /** An empty folder. */
  readonly home: string;
  /** Messages per second over all streams. */
  readonly rate: number;
  /** How long is measured. */
  readonly seconds: number;
}

export interface Measured {
  /** From sending to arrival, µs, sorted. */
  readonly latencies: Float64Array;
  /** Share of one core by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

/**
 * Sent before, at a rate of its own: a session runs for days, and a process that has seen a few thousand messages still
 * interprets what it will have compiled after some ten thousand.
 */
const WARM_UP = { rate: 10_000, messages: 80_000 };
const REST_MS = 1_000;

/** From the exchange's call that sends a frame to the read of the row by a component. */
export async function measureAegis(options: MeasureOptions): Promise<Measured> {
  return withExchange(options, async (exchange) => {
    const path = await RealtimePath.start(options.home, `b${Math.random().toString(36).slice(2, 10)}`);
    try {
      const { socketPath, sessionId, componentId } = path;
      const component = [
        socketPath,
        sessionId,
        componentId,
        String(messagesOf(options)),
        join(options.home, 'arrived'),
      ];
      return await withReceiver('bench/realtime/component.ts', component, async (receiver) => {
        await path.startOrchestrator(exchange.url);
        return run(options, exchange, receiver, path.pids);
      });
    } finally {
      await path.close();
    }
  });
}

/** The same to the read of the frame by a plain client in the orchestrator's place. */
export async function measurePlain(options: MeasureOptions): Promise<Measured> {
  return withExchange(options, (exchange) => {
    const client = [exchange.url, String(messagesOf(options)), join(options.home, 'arrived')];
    return withReceiver('bench/realtime/client.ts', client, (receiver) =>
      run(options, exchange, receiver, { client: receiver.child.pid ?? 0 }),
    );
  });
}

interface Exchange {
  readonly url: string;
  readonly process: ChildMessages<unknown>;
}

function messagesOf({ rate, seconds }: MeasureOptions): number {
  return WARM_UP.messages + rate * seconds;
}

async function withExchange<T>({ home }: MeasureOptions, work: (exchange: Exchange) => Promise<T>): Promise<T> {
  await mkdir(home, { recursive: true });
  const process = forkProcess('bench/realtime/exchange.ts');
  try {
    const address = await until('the exchange listens', () => process.messages[0]);
    const url = `http://127.0.0.1:${Reflect.get(Object(address), 'port')}`;
    return await work({ url, process });
  } finally {
    process.child.disconnect();
    await process.exited;
  }
}

async function withReceiver<T>(
  program: string,
  args: readonly string[],
  work: (receiver: ChildMessages<unknown>) => Promise<T>,
): Promise<T> {
  const receiver = forkProcess(program, undefined, args);
  try {
    await until('the receiver is connected', () => receiver.messages.includes('ready'));
    return await work(receiver);
  } finally {
    receiver.child.disconnect();
    await receiver.exited;
  }
}

async function run(
  options: MeasureOptions,
  exchange: Exchange,
  receiver: ChildMessages<unknown>,
  pids: Readonly<Record<string, number>>,
): Promise<Measured> {
  const path = join(options.home, 'sent');
  await send(exchange, { rate: WARM_UP.rate, from: 0, to: WARM_UP.messages, path });
  await delay(REST_MS);
  const all = { exchange: exchange.process.child.pid ?? 0, ...pids };
  const before = Object.entries(all).map(([name, pid]) => ({ name, pid, spent: cpuSeconds(pid) }));
  const began = performance.now();
  await send(exchange, { rate: options.rate, from: WARM_UP.messages, to: messagesOf(options), path });
  const elapsed = (performance.now() - began) / 1_000;
  const cpu = Object.fromEntries(before.map(({ name, pid, spent }) => [name, (cpuSeconds(pid) - spent) / elapsed]));
  await until('everything has arrived', () => receiver.messages.includes('done'), 30_000);
  const arrived = await readStamps(join(options.home, 'arrived'));
  const missing = arrived.filter((at) => at === 0).length;
  if (missing > 0) throw new Error(`${missing} messages came twice, and others not at all`);
  const sent = await readStamps(path);
  const latencies = sent.map((at, index) => (arrived[WARM_UP.messages + index] ?? 0) - at);
  return { latencies: latencies.sort(), cpu };
}

async function send({ process }: Exchange, order: SendOrder): Promise<void> {
  const before = process.messages.length;
  process.child.send(order);
  await until('everything is sent', () => process.messages.length > before, 300_000);
}
