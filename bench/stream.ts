import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OwnNats } from '../test/orchestrator/own-nats.ts';
import { syntheticRows } from '../test/orchestrator/rows.ts';
import { Stage } from '../test/orchestrator/stage.ts';
import { type BenchResult, resultOf } from './result.ts';

export interface StreamBenchOptions {
  /** Default 2. */
  readonly topics?: number;
  /** In all topics together. Default 1 000 000. */
  readonly rows?: number;
  /** At least 3. Default 3. */
  readonly runs?: number;
}

const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Rows per second through the whole path: tapes, orchestrator, nats-server, data stream server, and a component in a
 * process of its own that counts lines. From the first slice to the moment at which the kernel has every byte.
 */
export async function measureStream(options: StreamBenchOptions = {}): Promise<BenchResult> {
  const { topics = 2, rows = 1_000_000, runs = 3 } = options;
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
    const perRow = Math.round(bytes / (perTopic * topics));
    const note = `${perTopic * topics} rows of ${perRow} B, ${topics} topics, tapes to a counting component`;
    return resultOf('stream', 'rows/s', note, rates);
  } finally {
    counter?.kill('SIGKILL');
    await stage.close();
    await nats.kill();
  }
}

export async function benchStream(): Promise<BenchResult[]> {
  return [await measureStream()];
}

function startCounter({ socketPath, sessionId }: Stage): ChildProcess {
  const program = fileURLToPath(new URL('./count-component.ts', import.meta.url));
  return fork(program, [socketPath, sessionId, 'count'], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      topics: { type: 'string', default: '2' },
      rows: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  });
  const options = { topics: Number(values.topics), rows: Number(values.rows), runs: Number(values.runs) };
  const result = await measureStream(options);
  const { min, median, max, unit, runs, note } = result;
  const text = `min ${min}, median ${median}, max ${max} ${unit} in ${runs} runs: ${note}`;
  process.stdout.write(`${values.json ? JSON.stringify(result) : text}\n`);
}
