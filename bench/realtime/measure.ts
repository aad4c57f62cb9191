import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
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
  /** How long is measured, after {@link WARM_UP_SECONDS}. */
  readonly seconds: number;
}

export interface Measured {
  /** From sending to arrival, µs, sorted. */
  readonly latencies: Float64Array;
  /** Share of one core by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** Code is compiled, and files of the log are made, while nobody looks. */
const WARM_UP_SECONDS = 3;

/** From the exchange's call that sends a frame to the read of the row by a component. */
export async function measureAegis(options: MeasureOptions): Promise<Measured> {
  return withExchange(options, async (exchange, order) => {
    const path = await RealtimePath.start(options.home, `b${Math.random().toString(36).slice(2, 10)}`);
    try {
      const { socketPath, sessionId, componentId } = path;
      const component = [socketPath, sessionId, componentId, String(order.messages), join(options.home, 'arrived')];
      return await withReceiver('bench/realtime/component.ts', component, async (receiver) => {
        await path.startOrchestrator(exchange.url);
        return run(options, exchange, receiver, order, path.pids);
      });
    } finally {
      await path.close();
    }
  });
}

/** The same to the read of the frame by a plain client in the orchestrator's place. */
export async function measurePlain(options: MeasureOptions): Promise<Measured> {
  return withExchange(options, (exchange, order) => {
    const client = [exchange.url, String(order.messages), join(options.home, 'arrived')];
    return withReceiver('bench/realtime/client.ts', client, (receiver) =>
      run(options, exchange, receiver, order, { client: receiver.child.pid ?? 0 }),
    );
  });
}

interface Exchange {
  readonly url: string;
  readonly process: ChildMessages<unknown>;
}

async function withExchange<T>(
  { home, rate, seconds }: MeasureOptions,
  work: (exchange: Exchange, order: SendOrder) => Promise<T>,
): Promise<T> {
  await mkdir(home, { recursive: true });
  const process = forkProcess('bench/realtime/exchange.ts');
  try {
    const address = await until('the exchange listens', () => process.messages[0]);
    const url = `http://127.0.0.1:${Reflect.get(Object(address), 'port')}`;
    const messages = rate * (WARM_UP_SECONDS + seconds);
    return await work({ url, process }, { rate, messages, path: join(home, 'sent') });
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
  { home, rate }: MeasureOptions,
  exchange: Exchange,
  receiver: ChildMessages<unknown>,
  order: SendOrder,
  pids: Readonly<Record<string, number>>,
): Promise<Measured> {
  const all = { exchange: exchange.process.child.pid ?? 0, ...pids };
  const before = Object.entries(all).map(([name, pid]) => ({ name, pid, spent: cpuSeconds(pid) }));
  const began = performance.now();
  exchange.process.child.send(order);
  await until('everything is sent', () => exchange.process.messages.includes('sent'), 300_000);
  const elapsed = (performance.now() - began) / 1_000;
  const cpu = Object.fromEntries(before.map(({ name, pid, spent }) => [name, (cpuSeconds(pid) - spent) / elapsed]));
  await until('everything has arrived', () => receiver.messages.includes('done'), 30_000);
  const sent = await readStamps(order.path);
  const arrived = await readStamps(join(home, 'arrived'));
  const missing = arrived.filter((at) => at === 0).length;
  if (missing > 0) throw new Error(`${missing} messages came twice, and others not at all`);
  const latencies = arrived.map((at, message) => at - (sent[message] ?? 0)).subarray(rate * WARM_UP_SECONDS);
  return { latencies: latencies.sort(), cpu };
}
