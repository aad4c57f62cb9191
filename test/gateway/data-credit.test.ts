import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CreditReturn } from '../../src/gateway/data/credit-return.ts';
import { WINDOW_SLICES } from '../../src/model/wire/slice-limits.ts';

describe('credit', () => {
  const send = vi.fn();
  let credits: CreditReturn;
  beforeEach(() => {
    vi.useFakeTimers();
    send.mockClear();
    credits = new CreditReturn(send);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is given once for several slices, long before the window of the orchestrator is full', () => {
    for (let slice = 1; slice <= WINDOW_SLICES; slice++) credits.taken(1);
    expect(send.mock.calls.length).toBeGreaterThan(1);
    expect(send.mock.calls.length).toBeLessThan(WINDOW_SLICES);
    vi.runAllTimers();
    const given = send.mock.calls.length;
    credits.taken(WINDOW_SLICES);
    expect(send).toHaveBeenCalledTimes(given + 1);
  });

  it('is given for a single slice when no other follows', () => {
    credits.taken(1);
    expect(send).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('is not given any more when it was cancelled', () => {
    credits.taken(1);
    credits.cancel();
    vi.runAllTimers();
    expect(send).not.toHaveBeenCalled();
  });
});
