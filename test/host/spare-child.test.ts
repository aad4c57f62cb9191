import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { SpareChild } from '../../src/host/spare-child.ts';
import { until } from '../support/until.ts';

interface Sent {
  readonly type: string;
}

function processes(quietMs: number): SpareChild<Sent, never> {
  const spares = new SpareChild<Sent, never>({ folder: 'orchestrator', quietMs });
  onTestFinished(() => spares.end());
  return spares;
}

function commandLine(pid: number | undefined): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
}

it.runIf(process.platform === 'linux')(
  'the spare process is given out once, and shows what it has become',
  async () => {
    const spares = processes(60_000);
    spares.prepare();
    spares.prepare();
    const lines: string[] = [];
    const spare = spares.take((line) => lines.push(line));
    onTestFinished(() => spare.end());
    expect(commandLine(spare.pid)).toContain('orchestrator/spare.ts');
    spare.send({ type: 'stop' });
    await until('it is an orchestrator', () => commandLine(spare.pid).includes('orchestrator/main.ts'));

    const second = spares.take(() => {});
    onTestFinished(() => second.end());
    expect(second.pid).not.toBe(spare.pid);
    expect(commandLine(second.pid)).toContain('orchestrator/main.ts');
    spare.send({ type: 'nobody knows this' });
    await spare.exited;
    expect(lines.join('\n')).toContain('type');
  },
);

it.runIf(process.platform === 'linux')('another one is made ready when nobody has wanted one for a while', async () => {
  const spares = processes(1);
  const first = spares.take(() => {});
  onTestFinished(() => first.end());
  const second = await until('there is a spare one', () => {
    const taken = spares.take(() => {});
    onTestFinished(() => taken.end());
    return commandLine(taken.pid).includes('orchestrator/spare.ts') && taken;
  });
  expect(second.pid).not.toBe(first.pid);
});

it('a spare process that has died is not given out, and none is left behind', async () => {
  const spares = processes(60_000);
  spares.prepare();
  const spare = spares.take(() => {});
  await spare.end();
  spares.prepare();
  await spares.end();
  spares.prepare();
  const after = spares.take(() => {});
  onTestFinished(() => after.end());
  if (process.platform === 'linux') expect(commandLine(after.pid)).toContain('orchestrator/main.ts');
});
