import type { Market } from '../../../model/market.ts';
import { canonicalDecimal, type Decimal } from '../record/decimal.ts';

const DECIMALS = 8;

interface Scaled {
  readonly digits: bigint;
  /** Digits after the point. */
  readonly scale: number;
}

/**
 * The `quote_qty` that the archives have for a trade; frames and some REST answers carry none.
 * Spot and USD-M: price × quantity, cut off after 8 decimals. COIN-M: base quantity, contracts × contract size / price,
 * rounded half up at 8 decimals. Undefined when that cannot be computed (price 0).
 *
 * Source: 1,000 rows of `/api/v3/trades` and 11 of `/dapi/v1/trades`, in which the exchange states both. USD-M archives of
 * some years, and USD-M REST, cut off after 2 decimals; those of 2024 on have the whole product, as here.
 */
export function quoteQuantity(market: Market, symbol: string, price: Decimal, quantity: Decimal): Decimal | undefined {
  if (market === 'cm') return baseQuantity(contractSize(symbol), price, quantity);
  return product(price, quantity);
}

/** US dollars that a COIN-M contract is worth. Source: `contractSize` of `/dapi/v1/exchangeInfo`. */
export function contractSize(symbol: string): number {
  return symbol.startsWith('BTCUSD_') ? 100 : 10;
}

function product(a: Decimal, b: Decimal): Decimal | undefined {
  const left = scaled(a);
  const right = scaled(b);
  const digits = left.digits * right.digits;
  const excess = left.scale + right.scale - DECIMALS;
  return excess > 0 ? text(digits / 10n ** BigInt(excess), DECIMALS) : text(digits, left.scale + right.scale);
}

function baseQuantity(size: number, price: Decimal, contracts: Decimal): Decimal | undefined {
  const divisor = scaled(price);
  if (divisor.digits === 0n) return undefined;
  const { digits, scale } = scaled(contracts);
  const numerator = digits * BigInt(size) * 10n ** BigInt(DECIMALS + divisor.scale);
  const denominator = divisor.digits * 10n ** BigInt(scale);
  return text((2n * numerator + denominator) / (2n * denominator), DECIMALS);
}

function scaled(number: Decimal): Scaled {
  const point = number.indexOf('.');
  if (point === -1) return { digits: BigInt(number), scale: 0 };
  return { digits: BigInt(number.slice(0, point) + number.slice(point + 1)), scale: number.length - point - 1 };
}

function text(digits: bigint, scale: number): Decimal | undefined {
  const padded = digits.toString().padStart(scale + 1, '0');
  const split = padded.length - scale;
  return canonicalDecimal(`${padded.slice(0, split)}.${padded.slice(split)}`);
}
