import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/conformance/rules/index.ts';
import type { Rule } from '../../src/conformance/rules/rule.ts';
import { SCENARIO_IDS } from '../../src/conformance/scenario-ids.ts';
import { SCENARIOS } from '../../src/conformance/scenarios/index.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
const read = (name: string): string => readFileSync(`${DOCS}/${name}.md`, 'utf8');
const page = read('component-check').split('\n');

function rowOf({ id, document = 'component-protocol', section, level, text, remedy }: Rule): string {
  return `| [${id}](${document}.md#${section}) | ${level} | ${text} | ${remedy} |`;
}

/** As the anchors of headings are made. */
function anchors(markdown: string): string[] {
  const headings = markdown.split('\n').flatMap((line) => /^#+ (.+)$/.exec(line)?.slice(1) ?? []);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('docs/component-check.md', () => {
  it('lists every rule as the code has it, in its order, and no other', () => {
    expect(page.filter((line) => /^\| \[[a-z]+\.[a-z.-]+\]/.test(line))).toEqual(RULES.map(rowOf));
  });

  it('lists every scenario', () => {
    const rows = page.filter((line) => /^\| `[a-z][a-z-]+` \| /.test(line));
    expect(rows).toEqual(SCENARIOS.map(({ id, title }) => `| \`${id}\` | ${title} |`));
    expect(SCENARIOS.map(({ id }) => id)).toEqual(SCENARIO_IDS);
  });

  it('leads from each rule to a section that exists', () => {
    const known = { 'component-protocol': anchors(read('component-protocol')), stream: anchors(read('stream')) };
    for (const { id, document = 'component-protocol', section } of RULES) {
      expect(known[document], id).toContain(section);
    }
  });

  it('has a rule once only, and each belongs to scenarios that exist', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { id, scenarios = [] } of RULES)
      expect(SCENARIO_IDS, id).toEqual(expect.arrayContaining([...scenarios]));
  });
});
