import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identify, ownIdentity, signalProcess } from '../../src/servers/process-identity.ts';

test('a process keeps its identity, and every other process has another one', async () => {
  const other = spawn('sleep', ['60']);
  try {
    await once(other, 'spawn');
    const pid = other.pid ?? 0;
    expect(identify(pid)).toBeDefined();
    expect(identify(pid)).toBe(identify(pid));
    expect(identify(pid)).not.toBe(ownIdentity());
    expect(ownIdentity()).toBe(identify(process.pid));
  } finally {
    other.kill('SIGKILL');
  }
});

test('a process that ended has none, and a signal is not sent', async () => {
  const other = spawn('true');
  const pid = other.pid ?? 0;
  await once(other, 'exit');
  expect(identify(pid)).toBeUndefined();
  expect(signalProcess(pid, 'whatever', 'SIGKILL')).toBe(false);
});

test('a signal reaches the process that was meant, never one that only has its pid', async () => {
  const other = spawn('sleep', ['60']);
  await once(other, 'spawn');
  const pid = other.pid ?? 0;
  const identity = identify(pid);
  if (identity === undefined) throw new Error('sleep does not run');
  expect(signalProcess(pid, `${identity}0`, 'SIGKILL')).toBe(false);
  expect(identify(pid)).toBe(identity);
  const exited = once(other, 'exit');
  expect(signalProcess(pid, identity, 'SIGTERM')).toBe(true);
  expect(await exited).toEqual([null, 'SIGTERM']);
});
