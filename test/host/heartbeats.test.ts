import { describe, expect, it } from 'vitest';
import { Heartbeats } from '../../src/activities/heartbeats.ts';

/** A host with so many leases of one session each; `run` lets time pass and counts the heartbeats of each. */
function host(leases: number, timeoutMs = 180_000) {
  let now = 0;
  const heartbeats = new Heartbeats({ now: () => now });
  const sent = new Array<number>(leases).fill(0);
  const releases = sent.map((_, index) => {
    const beat = () => {
      sent[index] = (sent[index] ?? 0) + 1;
    };
    return heartbeats.keep({ workflowId: `session/${index}`, activityId: '7', timeoutMs, beat });
  });
  const run = (ms: number) => {
    sent.fill(0);
    for (const end = now + ms; now < end; ) {
      now += 100;
      heartbeats.look();
    }
    return [...sent];
  };
  const end = () => {
    for (const release of releases) release();
  };
  return { heartbeats, run, end };
}

describe('heartbeats of leases', () => {
  it('are sent every second while they are few', () => {
    const { run, end } = host(3);
    expect(run(10_000)).toEqual([10, 10, 10]);
    end();
  });

  it('are sent less often the more leases there are, and always within the limit that Temporal grants', () => {
    const many = host(600);
    const sent = many.run(60_000);
    expect(sent.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(10 * 60);
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(1);
    many.end();
    const impatient = host(600, 5_000);
    expect(Math.min(...impatient.run(60_000))).toBeGreaterThanOrEqual(30);
    impatient.end();
  });

  it('are frequent for a while in a session in which something is cancelled', () => {
    const { heartbeats, run, end } = host(600);
    heartbeats.hasten('session/5');
    expect(run(1_000)[5]).toBeGreaterThanOrEqual(1);
    run(10_000);
    expect(run(10_000)[5]).toBeLessThanOrEqual(1);
    end();
  });

  it('know which leases are held here', () => {
    const { heartbeats, end } = host(1);
    expect(heartbeats.has('session/0', '7')).toBe(true);
    expect(heartbeats.has('session/0', '8')).toBe(false);
    end();
    expect(heartbeats.has('session/0', '7')).toBe(false);
  });
});
