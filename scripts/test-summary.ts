/**
 * What vitest's JSON reporter wrote of several runs, together. `test-summary.ts failed RESULTS`: the files of a run in which a
 * test failed. `test-summary.ts sum RESULTS[,REPEATED] …`: `N passed, N failed`, and which tests failed beside others and passed when
 * their file was repeated alone; exit code 1 when a test failed, or nothing was run.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { z } from 'zod';

const Results = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});
type TestFile = z.infer<typeof Results>['testResults'][number];

function filesOf(path: string): TestFile[] | undefined {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text === '' ? undefined : Results.parse(JSON.parse(text)).testResults;
}

function failedTests({ assertionResults }: TestFile): string[] {
  return assertionResults.flatMap(({ fullName, status }) => (status === 'failed' ? [fullName] : []));
}

function printFailed(path: string): void {
  for (const { name, status } of filesOf(path) ?? []) {
    if (status === 'failed') console.log(relative(process.cwd(), name));
  }
}

function printSum(runs: readonly string[]): void {
  const counts = new Map<string, number>();
  for (const run of runs) {
    const [path = '', again = ''] = run.split(',');
    const files = filesOf(path);
    if (files === undefined) {
      console.log(`No test was run: ${path} is missing or empty.`);
      process.exitCode = 1;
      continue;
    }
    const repeated = new Map((filesOf(again) ?? []).map((file) => [file.name, file]));
    for (const first of files) {
      const file = repeated.get(first.name) ?? first;
      if (file !== first && file.status === 'passed') tellRepeated(first);
      if (file.status === 'failed' && file.assertionResults.length === 0) console.log(`Could not be run: ${file.name}`);
      if (file.status === 'failed') process.exitCode = 1;
      for (const { status } of file.assertionResults) counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  }
  const [passed = 0, failed = 0] = [counts.get('passed'), counts.get('failed')];
  const skipped = [...counts.values()].reduce((sum, count) => sum + count, 0) - passed - failed;
  if (skipped > 0) console.log(`${skipped} skipped`);
  console.log(`${passed} passed, ${failed} failed`);
}

function tellRepeated(first: TestFile): void {
  const tests = failedTests(first);
  console.log(
    `Failed beside others and passed alone: ${relative(process.cwd(), first.name)}: ${tests.join('; ') || 'all of it'}`,
  );
}

const [what, ...paths] = process.argv.slice(2);
if (what === 'failed') for (const path of paths) printFailed(path);
else if (what === 'sum') printSum(paths);
else throw new Error('test-summary.ts failed RESULTS | test-summary.ts sum RESULTS[,REPEATED] …');
