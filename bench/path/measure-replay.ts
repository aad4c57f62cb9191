import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NatsServer } from '../../src/servers/start-nats.ts';
import { SESSION_ID } from '../data/dataset.ts';
import type { PreparedData, Reference } from '../data/reference.ts';
import { BenchControl } from './bench-control.ts';
import { ComponentProgram, type Delivered, type ProgramCommand } from './component-program.ts';
import { ReplayPath } from './replay-path.ts';
import { ProcessWatch, type WatchedRun } from './watch-processes.ts';

/** Where a component finds its stream. */
export interface ComponentPlace {
  readonly socketPath: string;
  readonly sessionId: string;
  readonly componentId: string;
  readonly reference: Reference;
  /** For a component on an SDK: how it finds its control socket. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ReplayMeasurement {
  /** A folder in which an own one is made for the run. */
  readonly home: string;
  readonly nats: NatsServer;
  readonly data: PreparedData;
  readonly components: readonly string[];
  readonly command: (place: ComponentPlace) => ProgramCommand;
  /** How the components get their rows. Default: as lines. */
  readonly format?: 'ndjson' | 'arrow';
}

export interface MeasuredReplay extends WatchedRun {
  /** From "go" to the moment at which the last component has its last byte, s. */
  readonly seconds: number;
  readonly delivered: readonly Delivered[];
}

/**
 * One replay through real processes, all of them new: orchestrator, data stream server, components. Throws unless every
 * component got the stream of the reference: rows, bytes and CRC-32 as it counted them, and the hash of the data stream server.
 */
export async function measureReplay({
  home,
  nats,
  data,
  components,
  command,
  format = 'ndjson',
}: ReplayMeasurement): Promise<MeasuredReplay> {
  const own = await mkdtemp(join(home, 'run-'));
  const programs: ComponentProgram[] = [];
  const path = await ReplayPath.open({ home: own, natsUrl: nats.url, data, components });
  let control: BenchControl | undefined;
  try {
    control = await BenchControl.open(own, path.socketPath);
    for (const componentId of components) {
      const environment = control.environment(componentId);
      const { socketPath } = path;
      const place = { socketPath, sessionId: SESSION_ID, componentId, reference: data.reference, environment };
      programs.push(new ComponentProgram(componentId, command(place)));
    }
    await Promise.race([path.connected(), ...programs.map(({ ended }) => ended)]);
    const pidOf = Object.fromEntries(programs.map(({ name, pid }) => [name, pid]));
    const watch = new ProcessWatch({ ...path.pids, 'nats-server': nats.process.pid, ...pidOf });
    try {
      const began = Number(process.hrtime.bigint()) / 1e6;
      const finished = path.replay();
      const delivered = await Promise.all([...programs.map(({ done }) => done), finished.then(() => undefined)]);
      const watched = watch.stop();
      const { components: results } = await finished;
      const taken = delivered.filter((each) => each !== undefined);
      const { hash, columnsHash } = data.reference;
      const expected = { ...data.reference, hash: format === 'arrow' ? columnsHash : hash };
      for (const [index, id] of components.entries()) check(id, expected, taken[index], results[id]?.hash);
      const seconds = (Math.max(...taken.map(({ at }) => at)) - began) / 1_000;
      return { ...watched, seconds, delivered: taken };
    } finally {
      watch.stop();
    }
  } finally {
    await Promise.all(programs.map((program) => program.end()));
    await control?.close();
    await path.close();
    await rm(own, { recursive: true, force: true });
  }
}

function check(id: string, reference: Reference, delivered: Delivered | undefined, hash: string | undefined): void {
  const { rows, bytes, crc, sum } = delivered ?? { rows: 0 };
  const wrong = [
    rows === reference.rows ? undefined : `${rows} rows instead of ${reference.rows}`,
    bytes === undefined || bytes === reference.bytes ? undefined : `${bytes} bytes instead of ${reference.bytes}`,
    crc === undefined || crc === reference.crc ? undefined : `the CRC-32 ${crc} instead of ${reference.crc}`,
    sum === undefined || isClose(sum, reference.turnover)
      ? undefined
      : `the turnover ${sum} instead of ${reference.turnover}`,
    hash === reference.hash ? undefined : `the stream hash ${hash} instead of ${reference.hash}`,
  ].filter((each) => each !== undefined);
  if (wrong.length > 0) throw new Error(`${id} did not get the stream of the offline merge: ${wrong.join(', ')}`);
}

/** Components add up in batches: the last digits of a sum differ. */
function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.abs(b);
}
