import type { Market } from '../../../model/market.ts';

/** How the archives of a market write numbers. Prices are made in hundredths everywhere. */
export interface MarketProfile {
  /** Decimals of a price in the file; at least 2. */
  readonly priceDecimals: number;
  /** Decimals of the smallest quantity, and decimals in the file. */
  readonly qtyScale: number;
  readonly qtyDecimals: number;
  /** Decimals that quote quantities (COIN-M: base quantities) are made with, and decimals in the file. */
  readonly quoteScale: number;
  readonly quoteDecimals: number;
  readonly header: boolean;
  /** `True` and `False` on spot, `true` and `false` elsewhere. */
  readonly bools: readonly [no: string, yes: string];
  /** Columns of spot trades that the others lack. */
  readonly bestMatch: boolean;
}

export const PROFILES: Readonly<Record<Market, MarketProfile>> = {
  spot: {
    priceDecimals: 8,
    qtyScale: 5,
    qtyDecimals: 8,
    quoteScale: 7,
    quoteDecimals: 8,
    header: false,
    bools: ['False', 'True'],
    bestMatch: true,
  },
  um: {
    priceDecimals: 2,
    qtyScale: 3,
    qtyDecimals: 3,
    quoteScale: 5,
    quoteDecimals: 5,
    header: true,
    bools: ['false', 'true'],
    bestMatch: false,
  },
  cm: {
    priceDecimals: 2,
    qtyScale: 0,
    qtyDecimals: 0,
    quoteScale: 8,
    quoteDecimals: 8,
    header: true,
    bools: ['false', 'true'],
    bestMatch: false,
  },
};

/** A COIN-M contract is worth so many dollars. */
const CONTRACT_HUNDREDTHS = 100n * 100n;

/** Quote quantity (COIN-M: base quantity) of a trade, in units of the profile's quote scale. */
export function quoteOf(market: Market, price: number, qty: number): bigint {
  if (market !== 'cm') return BigInt(price) * BigInt(qty);
  return (BigInt(qty) * CONTRACT_HUNDREDTHS * 10n ** 8n) / BigInt(price);
}

/** `value / 10^scale` with a fixed number of decimals; exact. */
export function fixed(value: number | bigint, scale: number, decimals: number): string {
  const digits = String(value).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  if (decimals === 0) return whole;
  return `${whole}.${digits.slice(digits.length - scale).padEnd(decimals, '0')}`;
}
