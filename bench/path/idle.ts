import { until } from '../../test/orchestrator/until.ts';
import { processTimes } from './usage.ts';

const QUIET_POLLS = 10;

/** Waits until a process that was just started has loaded its code, and waits for something to do. */
export async function untilIdle(name: string, pid: number): Promise<void> {
  let spent = -1;
  let quiet = 0;
  await until(`${name} has loaded`, () => {
    const times = processTimes(pid);
    if (times === undefined) throw new Error(`${name} has ended`);
    quiet = times.cpu === spent && times.state === 'S' && spent > 0 ? quiet + 1 : 0;
    spent = times.cpu;
    return quiet >= QUIET_POLLS;
  });
}
