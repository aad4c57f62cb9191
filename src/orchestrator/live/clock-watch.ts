import { setTimeout as delay } from 'node:timers/promises';
import type { MarketRest } from '../../market/binance/rest/market-rest.ts';
import { ClockSkew } from '../../market/binance/socket/clock-skew.ts';

export interface ClockWatchOptions {
  readonly rest: Pick<MarketRest, 'time'>;
  /** Something that operators are told. */
  readonly notice: (event: string, text: string) => void;
  readonly signal: AbortSignal;
}

const EVERY_MS = 300_000;

/** The median needs some samples before one slow answer cannot mislead it. */
const FIRST_SAMPLES = 3;

/** Compares our clock with the exchange's now and then, and tells when they differ by more than 1 s. Returns when aborted. */
export async function watchClock({ rest, notice, signal }: ClockWatchOptions): Promise<void> {
  const skew = new ClockSkew();
  for (let samples = 0; !signal.aborted; samples++) {
    const sentMs = Date.now();
    const serverMs = await rest.time(signal).catch(() => undefined);
    const receivedMs = Date.now();
    const news = serverMs === undefined ? undefined : skew.add({ sentMs, serverMs, receivedMs });
    if (news !== undefined) {
      const off = Math.round(Math.abs(news.offsetMs));
      const side = news.offsetMs > 0 ? 'behind' : 'ahead of';
      const text = off > 1_000 ? `this host's clock is ${off} ms ${side} the exchange's` : `the clocks agree again`;
      notice('clockSkew', text);
    }
    const pause = samples < FIRST_SAMPLES ? 1_000 : EVERY_MS;
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}
