import type { Patience } from './patience.ts';
import type { SilenceRemedy } from './socket-event.ts';

/** A stream is silent, or still is after the remedy before. */
export interface SilenceNews {
  readonly stream: string;
  readonly forMs: number;
  readonly remedy: SilenceRemedy;
}

/** Four times its longest pause of late is far longer than learnt. */
const FACTOR = 4;
/** The longest pause counts half after so long. */
const HALF_LIFE_MS = 1_800_000;
const FORGET_EVERY_MS = 60_000;
/** What helped neither at once nor later is tried ever more seldom, at most once in so long. */
const LONGEST_WAIT_MS = 3_600_000;

interface Voice {
  readonly patience: Patience;
  /** Since when it should be heard; undefined: it is not subscribed at the moment. */
  listeningSince: number | undefined;
  firstHeard: number | undefined;
  lastHeard: number | undefined;
  longestMs: number;
  forgotAt: number;
  silentSince: number | undefined;
  remedies: number;
  dueAt: number;
}

/**
 * The watchdog of subscribed streams: learns the pauses of each, and tells which are silent for far longer. The exchange
 * acknowledges streams that will never say anything, so a reply proves nothing. Pure: times come in, ms of one clock.
 */
export class SilenceWatch {
  readonly #patienceOf: (stream: string) => Patience | undefined;
  readonly #voices = new Map<string, Voice>();

  constructor(patienceOf: (stream: string) => Patience | undefined) {
    this.#patienceOf = patienceOf;
  }

  /** It is subscribed from here on. What was learnt about it stays. */
  listen(stream: string, now: number): void {
    const known = this.#voices.get(stream);
    if (known !== undefined) {
      known.listeningSince = now;
      known.dueAt = now + this.#limitOf(known);
      return;
    }
    const patience = this.#patienceOf(stream);
    if (patience !== undefined) this.#voices.set(stream, newVoice(patience, now));
  }

  /** Its connection is away: that is another problem than silence. */
  pause(stream: string): void {
    const voice = this.#voices.get(stream);
    if (voice !== undefined) voice.listeningSince = undefined;
  }

  forget(stream: string): void {
    this.#voices.delete(stream);
  }

  /** A frame of it came. Gives how long it was silent, when it was reported as silent. */
  heard(stream: string, now: number): number | undefined {
    const voice = this.#voices.get(stream);
    if (voice === undefined) return undefined;
    voice.firstHeard ??= now;
    const from = voice.silentSince ?? Math.max(voice.lastHeard ?? 0, voice.listeningSince ?? now);
    if (now - from > voice.longestMs) voice.longestMs = now - from;
    voice.lastHeard = now;
    if (voice.silentSince === undefined) return undefined;
    const forMs = now - voice.silentSince;
    voice.silentSince = undefined;
    voice.remedies = 0;
    return forMs;
  }

  isSilent(stream: string): boolean {
    return this.#voices.get(stream)?.silentSince !== undefined;
  }

  /** Streams that are reported as silent. */
  get silent(): string[] {
    return [...this.#voices].filter(([, voice]) => voice.silentSince !== undefined).map(([stream]) => stream);
  }

  /** What has become silent, or needs the next remedy. */
  check(now: number): SilenceNews[] {
    const news: SilenceNews[] = [];
    for (const [stream, voice] of this.#voices) {
      forgetSlowly(voice, now);
      const remedy = this.#remedy(voice, now);
      if (remedy !== undefined) news.push({ stream, forMs: now - (voice.silentSince ?? now), remedy });
    }
    return news;
  }

  #remedy(voice: Voice, now: number): SilenceRemedy | undefined {
    if (voice.listeningSince === undefined) return undefined;
    const limit = this.#limitOf(voice);
    if (voice.silentSince === undefined) {
      const quietSince = Math.max(voice.lastHeard ?? voice.listeningSince, voice.listeningSince);
      if (now - quietSince <= limit) return undefined;
      voice.silentSince = quietSince;
    } else if (now < voice.dueAt) return undefined;
    voice.remedies += 1;
    voice.dueAt = now + Math.min(limit * 2 ** (voice.remedies - 1), LONGEST_WAIT_MS);
    return voice.remedies === 1 ? 'resubscribe' : 'reconnect';
  }

  #limitOf({ patience, firstHeard, lastHeard, longestMs }: Voice): number {
    const { firstMs, floorMs, capMs } = patience;
    const learnt = firstHeard !== undefined && (lastHeard ?? 0) - firstHeard >= firstMs;
    const least = learnt ? floorMs : Math.max(firstMs, floorMs);
    return Math.max(least, Math.min(capMs, FACTOR * longestMs));
  }
}

function newVoice(patience: Patience, now: number): Voice {
  return {
    patience,
    listeningSince: now,
    firstHeard: undefined,
    lastHeard: undefined,
    longestMs: 0,
    forgotAt: now,
    silentSince: undefined,
    remedies: 0,
    dueAt: now,
  };
}

function forgetSlowly(voice: Voice, now: number): void {
  const passed = now - voice.forgotAt;
  if (passed < FORGET_EVERY_MS) return;
  voice.longestMs *= 0.5 ** (passed / HALF_LIFE_MS);
  voice.forgotAt = now;
}
