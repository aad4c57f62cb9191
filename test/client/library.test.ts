import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE, EXIT } from '../../src/model/errors.ts';
import { startTestAegis, type TestAegis } from '../support/aegis.ts';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the client library', () => {
  let aegis: TestAegis;
  beforeAll(async () => {
    aegis = await startTestAegis();
  });
  afterAll(() => aegis?.close());

  it('runs the example of its documentation up to what is legal without data', async () => {
    const source = readFileSync(`${ROOT}/src/client/aegis-client.ts`, 'utf8');
    const example = /```ts\n([\s\S]+?)```/.exec(source)?.[1]?.replaceAll(/^ \* ?/gm, '') ?? '';
    expect(example.split('\n').filter((line) => line.trim() !== '').length).toBeGreaterThan(4);
    const file = `${aegis.home}/example.mts`;
    const head = `import { AegisClient } from '${ROOT}/src/client/index.ts';\nconst from = 0, to = 86_400_000;\n`;
    const program = example.replace("'/path/to/momentum'", "'/bin/false'").replace("'/path/to'", "'/'");
    expect(program).not.toBe(example);
    writeFileSync(file, `${head}try {\n${program}} catch (error) { console.log(error.code); process.exit(); }\n`);
    const env = { ...process.env, AEGIS_HOME: aegis.home };
    // The program is /bin/false: the session starts it and says that it failed.
    const out = execFileSync(process.execPath, [file], { env, encoding: 'utf8', timeout: 50_000 });
    expect(out).toBe('COMPONENT_FAILED\n');
    const session = aegis.client.session('demo');
    expect((await session.state()).components).toMatchObject([{ name: 'momentum', lastExit: { code: 1 } }]);
    await session.delete();
  }, 240_000);
});

describe('docs/cli.md', () => {
  const text = readFileSync(`${ROOT}/docs/cli.md`, 'utf8');

  it.each(Object.entries(CATALOGUE))('lists the error %s with its exit code', (code, { exit }) => {
    expect(text).toMatch(new RegExp(`^\\| ${code} \\| ${EXIT[exit]} \\|`, 'm'));
  });

  it.each(Object.entries(EXIT))('lists the exit code for %s', (_name, code) => {
    expect(text).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
  });
});
