import { describe, expect, it, onTestFinished } from 'vitest';
import { aegisctl, json, type Running, startAegisctl } from '../client/aegisctl.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';

function start(...words: string[]): Running {
  const running = startAegisctl({ home: tempDir() }, 'exchange', ...words);
  onTestFinished(() => {
    running.process.kill('SIGKILL');
  });
  return running;
}

describe('aegisctl exchange', () => {
  it('tells its address and what to type next, tells what clients do, and ends with Ctrl-C', async () => {
    const { process, so, ended } = start('--market', 'futures', '--symbols', 'BTCUSDT,SOLUSDT', '--rate', '50');
    await until('the address', () => so.out.includes('Ctrl-C'));
    expect(so.out).toMatch(/^fake exchange: futures, BTCUSDT, SOLUSDT, at http:\/\/127\.0\.0\.1:\d+\n/);
    const [, next = '', url = ''] = /next: (aegisctl .* --endpoint (\S+))/.exec(so.out) ?? [];
    expect(next).toContain('session create live --mode realtime --market futures');
    const response = await fetch(`${url}/fapi/v1/trades?symbol=SOLUSDT&limit=3`);
    expect(await response.json()).toHaveLength(3);
    await until('the request', () => so.err.includes('200 /fapi/v1/trades?symbol=SOLUSDT&limit=3'));
    process.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });

  it('writes one JSON object with --json', async () => {
    const { process, so, ended } = start('--json');
    await until('the object', () => so.out.includes('\n'));
    process.kill('SIGTERM');
    expect(json(await ended)).toEqual({
      version: 1,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      market: 'spot',
      symbols: ['BTCUSDT', 'ETHUSDT'],
    });
  });

  it('refuses what it cannot do, and says why', async () => {
    const run = aegisctl({ home: tempDir() });
    const missing = await run('exchange', '--frames', 'nowhere.gz');
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('nowhere.gz');
    expect((await run('exchange', '--frames', 'x.gz', '--rate', '5')).err).toContain('cannot be used with');
    expect((await run('exchange', '--rate', '0')).err).toContain('a number above 0 is needed');
  });
});
