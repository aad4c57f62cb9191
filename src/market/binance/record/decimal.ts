/**
 * A number as the exchange wrote it, in canonical form: plain decimal digits, no exponent, no trailing zeros after the
 * point, no useless point, no `-0`. Always a valid JSON number. It never passes through a float.
 */
export type Decimal = string;

const NUMBER = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const CODE_ZERO = 48;
const CODE_NINE = 57;
const CODE_POINT = 46;

/** The canonical form of decimal text (`87648.2100`, `1e-05`, `17315`), or undefined when it is not a number. */
export function canonicalDecimal(text: string): Decimal | undefined {
  const end = plainEnd(text);
  if (end === 0) return expand(text);
  return end === text.length ? text : text.slice(0, end);
}

/** The length of the canonical prefix of a usual number (`0.0500` → 4); 0 when the text is of another form. */
function plainEnd(text: string): number {
  const length = text.length;
  let point = -1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === CODE_POINT && point === -1) point = i;
    else if (code < CODE_ZERO || code > CODE_NINE) return 0;
  }
  const whole = point === -1 ? length : point;
  if (whole === 0 || (whole > 1 && text.charCodeAt(0) === CODE_ZERO)) return 0;
  if (point === -1) return length;
  let end = length;
  while (text.charCodeAt(end - 1) === CODE_ZERO) end--;
  return end === point + 1 ? point : end;
}

function expand(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const split = Math.max(point, 1);
  const integer = padded.slice(0, split).replace(/^0+(?=\d)/, '');
  const rest = padded.slice(split).replace(/0+$/, '');
  const magnitude = rest === '' ? integer : `${integer}.${rest}`;
  return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
}
