import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 5_000;
/** Share of the time in which the event loop works. A stream of ten rows per second is more than idle. */
const IDLE = 0.005;
const BUSY = 0.05;

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/**
 * Gives memory back once this process has become idle. V8 collects when something is allocated: a process that does
 * nothing keeps what its start and its last work have left, 20 to 40 MB, and a host has hundreds of such processes. It
 * takes some 100 ms once, and again only after the process was busy.
 */
export function giveBackWhenIdle(): void {
  setFlagsFromString('--expose-gc');
  const collect: Collect = runInNewContext('gc');
  let before = performance.eventLoopUtilization();
  let owed = true;
  const look = () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > BUSY) owed = true;
    if (!owed || utilization > IDLE) return;
    owed = false;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
  setInterval(look, LOOK_EVERY_MS).unref();
}
