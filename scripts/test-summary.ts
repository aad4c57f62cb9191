/** Prints `N passed, N failed` from the results that vitest's JSON reporter wrote, of several runs together. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const Results = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.unknown()) })),
});

let [passed, failed, skipped] = [0, 0, 0];
for (const path of process.argv.slice(2)) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (text === '') {
    console.log(`No test was run: ${path} is missing or empty.`);
    process.exitCode = 1;
    continue;
  }
  const results = Results.parse(JSON.parse(text));
  for (const file of results.testResults) {
    if (file.status === 'failed' && file.assertionResults.length === 0) console.log(`Could not be run: ${file.name}`);
  }
  passed += results.numPassedTests;
  failed += results.numFailedTests;
  skipped += results.numPendingTests;
}
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
