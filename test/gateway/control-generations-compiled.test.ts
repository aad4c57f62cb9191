import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ControlFixture, controlFixture, until } from '../support/control-fixture.ts';
import { type Built, build, hasToolchain } from '../support/toolchains.ts';

const TOKEN = 'token-alpha';
const COMPONENTS = resolve(import.meta.dirname, '../support/components');
/** An SDK that comes back after SHUTDOWN is refused then, and ends with 1. */
const GENERATIONS = [
  { generation: 'waits', variable: 'AEGIS_SOCKET', connections: 1, reborn: 'acknowledged' },
  { generation: 'pipelined', variable: 'AEGIS_SOCKET', connections: 1, reborn: 'acknowledged' },
  { generation: 'fresh_decoder', variable: 'AEGIS_SOCKET', connections: 2, reborn: 'no-answer' },
  { generation: 'asyncio_sdk', variable: 'AEGIS_COMPONENT_SOCKET', connections: 2, reborn: 'no-answer' },
  { generation: 'legacy', variable: 'AEGIS_SOCKET', connections: 1, reborn: undefined },
] as const;
const address = { sessionId: 'sess-alpha', componentId: 'cmp-1' };

describe.each(['go', 'rust'] as const)('the SDK generations in %s (skipped without its toolchain)', (toolchain) => {
  const present = hasToolchain(toolchain);
  let folder: string;
  let built: Built;
  let fixture: ControlFixture;
  let kill: () => Promise<unknown> = async () => {};
  beforeAll(async () => {
    if (!present) return;
    folder = mkdtempSync(join(tmpdir(), 'aegis-generations-'));
    built = await build({ toolchain, source: join(COMPONENTS, toolchain), folder, name: 'generations' });
  }, 240_000);
  beforeEach(async () => {
    fixture = await controlFixture({ legacyMs: 500, pingMs: 100, deadMs: 400 });
  });
  afterEach(async () => {
    await kill();
    await fixture.close();
  });
  afterAll(() => {
    if (present) rmSync(folder, { recursive: true, force: true });
  });

  function launch(generation: string, variable: string) {
    const args = [...built.args, '--generation', generation, '--symbols', 'BTCUSDT', '--streams', 'trades'];
    const env = { AEGIS_SESSION_TOKEN: TOKEN, AEGIS_COMPONENT_ID: address.componentId, [variable]: fixture.path };
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = spawn(built.program, [...args, '--reconnect', '0.1'], { env, stdio: [...stdio] });
    const out: string[] = [];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => out.push(text));
    const ended = once(child, 'close').then(([code]) => ({ code, summary: JSON.parse(out.join('') || '{}') }));
    kill = () => {
      child.kill('SIGKILL');
      return ended;
    };
    return ended;
  }

  test.skipIf(!present).each(GENERATIONS)(
    '$generation reaches RUNNING at its first connection, stays, takes REBORN as its SDK does, and ends after SHUTDOWN',
    async ({ generation, variable, connections, reborn }) => {
      const ended = launch(generation, variable);
      await until(() => fixture.port.components.get('alpha/cmp-1')?.state === 'RUNNING', 'it is RUNNING');
      const since = Date.now();
      await until(() => Date.now() - since > 600, 'the silence limit passes');
      expect(fixture.server.status().map(({ componentId }) => componentId)).toEqual([address.componentId]);
      expect(fixture.port.reported('register')).toHaveLength(1);
      // The oldest generation does not know the word and connects again.
      if (reborn !== undefined) expect(await fixture.server.reborn(address, 300)).toBe(reborn);

      const component = fixture.port.components.get('alpha/cmp-1');
      if (component !== undefined) component.shutDown = true;
      expect(fixture.server.shutdown(address)).toBe('sent');
      const { code, summary } = await ended;
      expect(summary).toMatchObject({
        style: generation,
        connections,
        sessionId: address.sessionId,
        topics: ['trades.BTCUSDT'],
        config: { threshold: 0.5 },
      });
      expect(code).toBe(connections === 1 ? 0 : 1);
      expect(fixture.port.reported('left')).toEqual([]);
    },
  );
});
