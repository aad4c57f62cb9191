import { defineConfig } from 'vitest/config';
import { useCompileCache } from './src/servers/compile-cache.ts';

// In the environment of every process that tests start: the entry of none of them is compiled again, either.
useCompileCache();

/**
 * `npm run test:long`: what kills processes again and again, waits for back-offs, builds packages, or takes every client of the
 * protocol. Each of these files takes more than 40 s on two cores.
 */
export const LONG = [
  'test/chaos/short.test.ts',
  'test/client/commands.test.ts',
  'test/conformance/{faults,programs}.test.ts',
  'test/examples/protocol-alone.test.ts',
  'test/gateway/data-{claims,live-crash}.test.ts',
  'test/orchestrator/{arrow,crash,stream}.test.ts',
  'test/packaging/pack.test.ts',
  'test/realtime/{futures,hand-over,kills,misbehaviour,slow}.test.ts',
  'test/sdk/{exactly-once,failures,install,kills}.test.ts',
  'test/session/{aegisd-restarts,data-types,kills,rebuild,sdk-generations,server-kills}.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: LONG,
    // One Temporal and one NATS for the whole run.
    globalSetup: ['test/support/global-setup.ts'],
    // The Temporal native bridge crashes under worker threads.
    pool: 'forks',
    // Most tests wait for processes most of the time: more of them than cores.
    maxWorkers: 3,
    // Bounds for what hangs, on machines that are busy with other things: no test is a stopwatch.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Temporal may take its 10 s to end.
    teardownTimeout: 30_000,
  },
});
