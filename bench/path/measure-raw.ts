import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forkProcess } from '../../test/orchestrator/child.ts';
import { until } from '../../test/orchestrator/until.ts';
import { SESSION_ID } from '../data/dataset.ts';
import type { PreparedData } from '../data/reference.ts';
import { ComponentProgram } from './component-program.ts';
import type { MeasuredReplay } from './measure-replay.ts';
import { ProcessWatch } from './watch-processes.ts';

const LOAD_LIMIT_MS = 120_000;

/** The limit: the same bytes from the memory of one process through a Unix socket to the same counting component. */
export async function measureRawSocket(home: string, data: PreparedData): Promise<MeasuredReplay> {
  const own = await mkdtemp(join(home, 'raw-'));
  const socketPath = join(own, 'data.sock');
  const sender = forkProcess('bench/programs/raw-socket.ts', undefined, [socketPath, data.mergedPath]);
  let component: ComponentProgram | undefined;
  try {
    await until('the sender has loaded everything', () => sender.messages.length > 0, LOAD_LIMIT_MS);
    component = new ComponentProgram('component', countCommand(socketPath, 'component', data.reference.bytes));
    await component.ready;
    const watch = new ProcessWatch({ sender: sender.child.pid ?? 0, component: component.pid });
    try {
      const began = Number(process.hrtime.bigint()) / 1e6;
      sender.child.send('go');
      const delivered = await component.done;
      const watched = watch.stop();
      if (delivered.crc !== data.reference.crc) throw new Error('the raw socket gave other bytes');
      return { ...watched, seconds: (delivered.at - began) / 1_000, delivered: [delivered] };
    } finally {
      watch.stop();
    }
  } finally {
    await component?.end();
    sender.child.kill('SIGKILL');
    await sender.exited;
    await rm(own, { recursive: true, force: true });
  }
}

/** How the component that counts is started. */
export function countCommand(socketPath: string, componentId: string, bytes: number) {
  const program = fileURLToPath(new URL('../programs/count.ts', import.meta.url));
  return { program: process.execPath, args: [program, socketPath, SESSION_ID, componentId, String(bytes)] };
}
