import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

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
