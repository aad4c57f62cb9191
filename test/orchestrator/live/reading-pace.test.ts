import { describe, expect, it } from 'vitest';
import { ReadingPace } from '../../../src/orchestrator/live/reading-pace.ts';

describe('the pace of history', () => {
  it('has room until more was sent and not taken than is allowed', () => {
    const pace = new ReadingPace(100);
    pace.sent(10, 60);
    expect(pace.room()).toBeUndefined();
    pace.sent(20, 60);
    expect(pace.room()).toBeInstanceOf(Promise);
  });

  it('goes on when enough was taken', async () => {
    const pace = new ReadingPace(100);
    pace.sent(10, 60);
    pace.sent(20, 60);
    const room = pace.room();
    pace.taken(9);
    expect(pace.room()).toBeInstanceOf(Promise);
    const again = pace.room();
    pace.taken(10);
    await again;
    expect(pace.room()).toBeUndefined();
    expect(room).toBeInstanceOf(Promise);
  });

  it('an older figure changes nothing', () => {
    const pace = new ReadingPace(10);
    pace.taken(50);
    pace.taken(5);
    pace.sent(40, 100);
    pace.taken(0);
    expect(pace.room()).toBeUndefined();
  });
});
