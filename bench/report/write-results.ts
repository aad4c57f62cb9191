import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { markdownReport } from './markdown-report.ts';
import type { BenchReport } from './report.ts';

const MARKDOWN = new URL('../RESULTS.md', import.meta.url);
const JSON_FILE = new URL('../results.json', import.meta.url);

/** Writes RESULTS.md and results.json. */
export function writeResults(report: BenchReport): void {
  writeFileSync(MARKDOWN, markdownReport(report));
  writeFileSync(JSON_FILE, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** What was written last; undefined when there is nothing. */
export function readResults(): BenchReport | undefined {
  return existsSync(JSON_FILE) ? JSON.parse(readFileSync(JSON_FILE, 'utf8')) : undefined;
}
