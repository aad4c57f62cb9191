import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `look` gives something that is neither undefined nor false. Fails after `limitMs`, default 30 s. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 30_000,
): Promise<T> {
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; await delay(20)) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
  }
  throw new Error(`not within ${limitMs} ms: ${what}`);
}
