import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalDecimal } from '../../src/market/binance/record/decimal.ts';

const digits = (max: number) => fc.stringMatching(/^\d+$/).map((text) => text.slice(0, max));
const decimalText = fc
  .tuple(fc.constantFrom('', '-'), digits(20), fc.option(digits(20)))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`);

/** Value as a fraction of integers: exact, whatever the number of digits. */
function exactValue(text: string): { units: bigint; scale: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { units: BigInt(`${whole}${fraction}`), scale: fraction.length - Number(exponent) };
}

function equalValues(a: string, b: string): boolean {
  const [left, right] = [exactValue(a), exactValue(b)];
  const scale = Math.max(left.scale, right.scale);
  return left.units * 10n ** BigInt(scale - left.scale) === right.units * 10n ** BigInt(scale - right.scale);
}

describe('canonical decimals', () => {
  it.each([
    ['87648.21000000', '87648.21'],
    ['93576.00000000', '93576'],
    ['0.00000000', '0'],
    ['0.00069000', '0.00069'],
    ['17315', '17315'],
    ['100', '100'],
    ['-5.00', '-5'],
    ['-0.20', '-0.2'],
    ['-0.00', '0'],
    ['007.50', '7.5'],
    ['5.', '5'],
    ['1e-05', '0.00001'],
    ['1.5E+3', '1500'],
    ['12.34e1', '123.4'],
    ['0e5', '0'],
    ['2836312292.43181820', '2836312292.4318182'],
  ])('%s is %s', (text, canonical) => expect(canonicalDecimal(text)).toBe(canonical));

  it.each(['', ' ', '.', '.5', '-', 'NaN', 'Infinity', '1,5', '1.2.3', '0x10', '1e', '1e9999', '1 ', 'True', '"1"'])(
    '%j is no number',
    (text) => expect(canonicalDecimal(text)).toBeUndefined(),
  );

  it('have the value of the text, digit for digit', () => {
    fc.assert(fc.property(decimalText, (text) => equalValues(canonicalDecimal(text) ?? 'NaN', text)));
  });

  it('have the value of scientific notation', () => {
    const scientific = fc.tuple(decimalText, fc.integer({ min: -30, max: 30 })).map(([text, exp]) => `${text}e${exp}`);
    fc.assert(fc.property(scientific, (text) => equalValues(canonicalDecimal(text) ?? 'NaN', text)));
  });

  it('do not change when made canonical again', () => {
    fc.assert(
      fc.property(decimalText, (text) => {
        const once = canonicalDecimal(text) ?? '';
        expect(canonicalDecimal(once)).toBe(once);
      }),
    );
  });

  it('are JSON numbers without exponent, trailing zeros and useless points', () => {
    fc.assert(
      fc.property(decimalText, (text) => {
        const canonical = canonicalDecimal(text) ?? '';
        expect(canonical).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
        expect(Number.isFinite(JSON.parse(canonical))).toBe(true);
      }),
    );
  });

  it('are the same for two texts of equal value', () => {
    fc.assert(
      fc.property(decimalText, fc.nat(8), (text, zeros) => {
        const longer = text.includes('.') ? text + '0'.repeat(zeros) : `${text}.${'0'.repeat(zeros)}`;
        expect(canonicalDecimal(longer)).toBe(canonicalDecimal(text));
      }),
    );
  });
});
