import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Notices } from '../../../src/orchestrator/live/notices.ts';
import { tempDir } from '../../support/temp-dir.ts';

function notices() {
  const told: [string, string][] = [];
  const path = join(tempDir(), 'stream.ndjson');
  const made = new Notices({ path, tell: (event, text) => told.push([event, text]), gatherMs: 3_600_000 });
  return { made, told, lines: () => readFileSync(path, 'utf8').trimEnd().split('\n') };
}

describe('what operators are told of a stream', () => {
  it('is gathered by event', () => {
    const { made, told } = notices();
    made.add('gap', 'a');
    made.add('lost', 'b');
    made.add('gap', 'c');
    made.flush();
    expect(told).toEqual([
      ['gap', 'a; c'],
      ['lost', 'b'],
    ]);
  });

  it('is in the file line by line, at once', () => {
    const { made, lines } = notices();
    made.add('gap', 'a');
    made.add('gap', 'b');
    made.flush();
    expect(lines().map((line) => JSON.parse(line).text)).toEqual(['a', 'b']);
  });

  it('a long list is cut, and says so', () => {
    const { made, told } = notices();
    for (let each = 0; each < 100; each++) made.add('gap', 'x'.repeat(100));
    made.flush();
    expect(told[0]?.[1].length).toBeLessThan(2_200);
    expect(told[0]?.[1]).toMatch(/; and 81 more in stream\.ndjson$/);
  });

  it('a storm of one kind does not hide another', () => {
    const { made, told, lines } = notices();
    for (let each = 0; each < 100; each++) {
      made.add('gap', String(each));
      made.flush();
    }
    made.add('lost', 'the connection');
    made.flush();
    expect(told.filter(([event]) => event === 'gap')).toHaveLength(30);
    expect(told.at(-1)).toEqual(['lost', 'the connection']);
    expect(lines()).toHaveLength(101);
  });
});
