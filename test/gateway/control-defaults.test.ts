import { expect, test } from 'vitest';
import { CONTROL_LIMITS } from '../../src/gateway/control/limits.ts';

test('the defaults are the times of the protocol', () => {
  expect(CONTROL_LIMITS).toMatchObject({
    registerMs: 30_000,
    dataSocketMs: 10_000,
    stepMs: 30_000,
    legacyMs: 3_000,
    configureAckMs: 15_000,
    silenceMs: 30_000,
    pingMs: 5_000,
    deadMs: 15_000,
    gapMs: 20,
    maxLineBytes: 1_048_576,
  });
  expect(CONTROL_LIMITS.answerMs).toBeLessThan(15_000);
});
