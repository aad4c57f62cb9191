import { defineConfig } from 'vitest/config';
import { useCompileCache } from './src/servers/compile-cache.ts';

// In the environment of every process that tests start: the entry of none of them is compiled again, either.
useCompileCache();

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One Temporal and one NATS for the whole run.
    globalSetup: ['test/support/global-setup.ts'],
    // The Temporal native bridge crashes under worker threads.
    pool: 'forks',
    // Most tests wait for processes most of the time: more of them than cores.
    maxWorkers: 4,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Temporal may take its 10 s to end.
    teardownTimeout: 30_000,
  },
});
