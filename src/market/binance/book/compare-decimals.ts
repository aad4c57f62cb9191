import type { Decimal } from '../record/decimal.ts';

/** The exact order of two canonical decimals that are not negative: below 0, 0, above 0. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a === b) return 0;
  const [wholeA = '', fractionA = ''] = a.split('.');
  const [wholeB = '', fractionB = ''] = b.split('.');
  // Canonical: no leading zeros, so the longer one is greater; no trailing zeros, so a prefix is smaller.
  if (wholeA.length !== wholeB.length) return wholeA.length - wholeB.length;
  if (wholeA !== wholeB) return wholeA < wholeB ? -1 : 1;
  return fractionA < fractionB ? -1 : 1;
}
