import { defineConfig, mergeConfig } from 'vitest/config';
import base, { LONG } from './vitest.config.ts';

/** `npm run test:long`: what takes too long for every day. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  // Each of them starts many processes, which have time limits of their own for each other.
  defineConfig({ test: { include: LONG, maxWorkers: 2 } }),
);
