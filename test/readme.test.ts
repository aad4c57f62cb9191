import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { withoutExternal } from './support/servers.ts';
import { tempDir } from './support/temp-dir.ts';

const ROOT = resolve(import.meta.dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the README', () => {
  it('shows the component that the demo runs', () => {
    const [, shown = ''] = /```python\n([\s\S]*?)```/.exec(README) ?? [];
    expect(shown).toBe(readFileSync(join(ROOT, 'examples/python/counter.py'), 'utf8'));
  });

  it('names files that are there', () => {
    const links = [...README.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
    const files = links.filter((link) => !link.startsWith('http'));
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const named = [...README.matchAll(/npm (?:run )?(?:-s )?(test|demo|check|bench|aegisctl)\b/g)].map(
      ([, name = '']) => name,
    );
    expect(new Set(named)).toEqual(new Set(['test', 'demo', 'check', 'bench', 'aegisctl']));
    for (const name of named) expect(scripts).toHaveProperty(name);
  });
});

describe('"Write a component" of the README, pasted into a checkout', () => {
  const [, section = ''] = /\n## Write a component\n([\s\S]*?)\n## /.exec(README) ?? [];
  const blocks = [...section.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text = '']) => ({
    language,
    text,
  }));

  it('has programs of at most 20 lines', () => {
    expect(blocks.map(({ language }) => language)).toEqual(['python', 'ts', 'sh']);
    for (const { text } of blocks.slice(0, 2)) expect(code(text).length).toBeLessThanOrEqual(20);
  });

  it('runs in a session, and each component tells what it has found', async () => {
    const checkout = tempDir();
    for (const entry of readdirSync(ROOT)) {
      if (!entry.startsWith('.')) symlinkSync(join(ROOT, entry), join(checkout, entry));
    }
    for (const { text } of blocks.slice(0, 2)) {
      const [, name = ''] = /^(?:#|\/\/) (\S+)\n/.exec(text) ?? [];
      expect(name).toMatch(/\.(py|ts)$/);
      writeFileSync(join(checkout, name), text);
    }
    const [alias = ''] = /^alias aegisctl=\S+ .*'/m.exec(README) ?? [];
    const paste = (text: string) => bash(checkout, `shopt -s expand_aliases\nset -e\n${alias}\n${text}`);
    onTestFinished(async () => {
      await paste('aegisctl down');
    });
    const logs = await paste(blocks.at(-1)?.text ?? '');
    const done = logs.split('\n').filter((line) => line.includes('"done"'));
    expect(done).toHaveLength(2);
    expect(done.join()).toMatch(/"component": "trend".*"trend": "(up|down)"/);
    expect(done.join()).toMatch(/"component":"trades".*"volume":[1-9]/);
  }, 240_000);
});

/** What of a program is not empty and not its name. */
function code(text: string): string[] {
  return text.split('\n').filter((line, place) => place > 0 && line.trim() !== '');
}

/** A shell of a user: the environment of the tests, which may name other servers and homes, aside. */
async function bash(cwd: string, script: string): Promise<string> {
  const { AEGIS_HOME: _, ...outer } = withoutExternal(process.env);
  const servers = { TEMPORAL_ADDRESS: inject('temporalAddress'), NATS_URL: inject('natsUrl') };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd, env: { ...outer, ...servers } });
  return stdout;
}
