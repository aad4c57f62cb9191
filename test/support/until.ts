import { setTimeout as delay } from 'node:timers/promises';

/** A look that costs something is repeated less often: it must not take the processor from what it waits for. */
const PAUSE = { leastMs: 20, mostMs: 250, perLook: 3 } as const;

/** Polls until `look` gives something that is neither undefined nor false. Fails after `limitMs`, default 90 s. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 90_000,
): Promise<T> {
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; ) {
    const began = performance.now();
    const value = await look();
    if (value !== undefined && value !== false) return value;
    const pauseMs = (performance.now() - began) * PAUSE.perLook;
    await delay(Math.min(PAUSE.mostMs, Math.max(PAUSE.leastMs, pauseMs)));
  }
  throw new Error(`not within ${limitMs} ms: ${what}`);
}
