import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run test:scale`: many components and many sessions, one after the other. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ['test/scale/*.scale.ts'], maxWorkers: 1, testTimeout: 600_000 } }),
);
