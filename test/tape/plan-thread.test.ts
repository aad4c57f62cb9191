import { expect, it } from 'vitest';
import { planRecordingInThread, planTapesInThread, preparePlanThread } from '../../src/tape/plan-thread.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAY_MS = 86_400_000;

it('more plans than threads are each answered, also behind one that cannot be made', async () => {
  const tapesDir = tempDir();
  preparePlanThread();
  const symbols = ['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT', 'EUSDT'];
  const failed = planRecordingInThread({ folder: `${tapesDir}/nowhere`, tapesDir, topics: ['trades.AUSDT'] });
  const plans = symbols.map((symbol) => {
    const topic = `trades.${symbol}`;
    return planTapesInThread({ tapesDir, market: 'spot', topics: [topic], from: 0, to: DAY_MS });
  });
  await expect(failed).rejects.toMatchObject({ code: 'DATA_NOT_FOUND' });
  for (const [index, plan] of (await Promise.all(plans)).entries()) {
    expect(plan.missing).toEqual([{ topic: `trades.${symbols[index]}`, period: '1970-01-01' }]);
  }
  // The thread of the one that failed makes further plans.
  const later = await planTapesInThread({ tapesDir, market: 'spot', topics: ['trades.FUSDT'], from: 0, to: DAY_MS });
  expect(later.missing).toEqual([{ topic: 'trades.FUSDT', period: '1970-01-01' }]);
});
