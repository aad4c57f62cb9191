import { expect, it, onTestFinished } from 'vitest';
import { Child } from '../../src/host/child.ts';
import { identify } from '../../src/servers/process-identity.ts';

it('a message to a child that was just killed is lost, and its end is told as ever', async () => {
  const child = new Child<{ readonly type: string }, never>({ entry: 'orchestrator/main', onOutput: () => {} });
  onTestFinished(() => child.end());
  const { pid } = child;
  if (pid === undefined) throw new Error('it was not started');
  process.kill(pid, 'SIGKILL');
  // Without giving this process a turn to notice, as when it was stopped itself meanwhile.
  while (identify(pid) !== undefined);
  child.send({ type: 'stop' });
  await expect(child.exited).resolves.toBe('killed by SIGKILL');
});
