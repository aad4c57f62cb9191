import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OwnNats } from '../test/orchestrator/own-nats.ts';
import { syntheticRows } from '../test/orchestrator/rows.ts';
import { Stage } from '../test/orchestrator/stage.ts';

export interface StreamBenchOptions {
  /** Default 2. */
  readonly topics?: number;
  /** In all topics together. Default 1 000 000. */
  readonly rows?: number;
  /** At least 3. Default 3. */
  readonly runs?: number;
}

export interface StreamBenchResult {
  readonly topics: number;
  readonly rows: number;
  /** Mean length of a line on the data socket. */
  readonly bytesPerRow: number;
  /** Rows per second of each run, in the order of the runs. */
  readonly runs: readonly number[];
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Rows per second through the whole path: tapes, orchestrator, nats-server, data stream server, and a component in a
 * process of its own that counts bytes. From the first slice to the moment at which the kernel has every byte.
 */
export async function benchStream({
  topics = 2,
  rows = 1_000_000,
  runs = 3,
}: StreamBenchOptions = {}): Promise<StreamBenchResult> {
  const nats = await OwnNats.start();
  const perTopic = Math.floor(rows / topics);
  const names = Array.from({ length: topics }, (_, index) => `aggTrades.${SYMBOLS[index % 26]}${index}USDT`);
  const stage = new Stage({
    natsUrl: nats.url,
    topics: names.map((topic, index) => ({ topic, tapes: [syntheticRows(perTopic, { seed: index + 1 })] })),
    components: [{ id: 'count', topics: names }],
  });
  let counter: ChildProcess | undefined;
  try {
    await stage.startDataStream();
    counter = startCounter(stage);
    const rates: number[] = [];
    let bytes = 0;
    for (let run = 0; run < Math.max(3, runs); run++) {
      if (run === 0) stage.startOrchestrator();
      else await stage.again();
      const { rows: delivered, elapsedMs, components } = await stage.finished(600_000);
      if (delivered !== perTopic * topics) throw new Error(`${delivered} rows were delivered`);
      bytes = components.count?.bytes ?? 0;
      rates.push(Math.round((delivered * 1_000) / elapsedMs));
    }
    const sorted = rates.toSorted((a, b) => a - b);
    return {
      topics,
      rows: perTopic * topics,
      bytesPerRow: Math.round(bytes / (perTopic * topics)),
      runs: rates,
      min: sorted[0] ?? 0,
      median: sorted[Math.floor(sorted.length / 2)] ?? 0,
      max: sorted.at(-1) ?? 0,
    };
  } finally {
    counter?.kill('SIGKILL');
    await stage.close();
    await nats.kill();
  }
}

function startCounter({ socketPath, sessionId }: Stage): ChildProcess {
  const program = fileURLToPath(new URL('./count-component.ts', import.meta.url));
  return fork(program, [socketPath, sessionId, 'count'], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const number = (name: string): number | undefined => {
    const index = process.argv.indexOf(name);
    return index < 0 ? undefined : Number(process.argv[index + 1]);
  };
  const topics = number('--topics');
  const rows = number('--rows');
  const runs = number('--runs');
  const result = await benchStream({
    ...(topics === undefined ? {} : { topics }),
    ...(rows === undefined ? {} : { rows }),
    ...(runs === undefined ? {} : { runs }),
  });
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const { min, median, max, bytesPerRow } = result;
    process.stdout.write(
      `${result.rows} rows of ${bytesPerRow} B in ${result.topics} topics, ${result.runs.length} runs: ` +
        `min ${min}, median ${median}, max ${max} rows/s\n`,
    );
  }
}
