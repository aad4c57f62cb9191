import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LAUNCH } from './stage.ts';

const GIVE_UP_MS = 60_000;

/**
 * How long components take by themselves: from the start of so many processes at once to the first byte of the last one's
 * REGISTER, ms. Nothing of Aegis runs: what it adds is the difference.
 */
export async function componentStart(count: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'aegis-start-'));
  const server = createServer();
  const processes: ReturnType<typeof spawn>[] = [];
  try {
    let registered = 0;
    const all = Promise.withResolvers<void>();
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        registered += 1;
        if (registered === count) all.resolve();
      });
    });
    const path = join(folder, 'control.sock');
    await once(server.listen(path), 'listening');
    const env = { ...process.env, AEGIS_SOCKET: path, AEGIS_SESSION_TOKEN: 'none' };
    const began = performance.now();
    for (let index = 0; index < count; index += 1) {
      processes.push(spawn(LAUNCH.program, LAUNCH.args, { cwd: LAUNCH.cwd, env, stdio: 'ignore' }));
    }
    const late = delay(GIVE_UP_MS, undefined, { ref: false }).then(() => {
      throw new Error(`${registered} of ${count} components have sent REGISTER within ${GIVE_UP_MS / 1_000} s`);
    });
    await Promise.race([all.promise, late]);
    return performance.now() - began;
  } finally {
    for (const each of processes) each.kill('SIGKILL');
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
