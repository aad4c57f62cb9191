/** Prints `N passed, N failed` from the results that vitest's JSON reporter wrote. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Results = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const [path = ''] = process.argv.slice(2);
const text = readFileSync(path, 'utf8');
if (text === '') {
  console.log('No test was run.');
  process.exit(1);
}
const results = Results.parse(JSON.parse(text));
for (const file of results.testResults) {
  if (file.status === 'failed' && file.assertionResults.length === 0) console.log(`Could not be run: ${file.name}`);
}
if (results.numPendingTests > 0) console.log(`${results.numPendingTests} skipped`);
console.log(`${results.numPassedTests} passed, ${results.numFailedTests} failed`);
