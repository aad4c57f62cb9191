let offset = Date.now() - performance.now();

/** A jump of the system's clock is followed when it is larger than this. */
const TOLERATED_MS = 2;

/** Unix ms with fractions: the system's clock, as fine as the monotonic one. */
export function wallClock(): number {
  const coarse = Date.now();
  const fine = performance.now() + offset;
  if (Math.abs(fine - coarse) <= TOLERATED_MS) return fine;
  offset += coarse - fine;
  return coarse;
}
