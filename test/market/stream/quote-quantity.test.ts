import { describe, expect, it } from 'vitest';
import { canonicalDecimal } from '../../../src/market/binance/record/decimal.ts';
import { contractSize, quoteQuantity } from '../../../src/market/binance/stream/quote-quantity.ts';
import { hasData } from '../reference-data.ts';
import { restAnswer, restAnswers } from './recorded.ts';

interface RestTrade {
  readonly price: string;
  readonly qty: string;
  readonly quoteQty?: string;
  readonly baseQty?: string;
}

function tradesOf(route: string): RestTrade[] {
  return restAnswers(route).flatMap(({ data }) => (Array.isArray(data) ? data : []));
}

function canonical(text: string): string {
  return canonicalDecimal(text) ?? 'not a number';
}

describe('quote quantity', () => {
  it.each([
    ['spot, whole product', 'spot', 'BTCUSDT', '42283.58', '0.00069', '29.1756702'],
    ['spot, cut off after 8 decimals, not rounded', 'spot', 'ETHBTC', '0.064362', '0.0158', '0.00101691'],
    ['USD-M, whole product', 'um', 'BTCUSDT', '68402.6', '0.024', '1641.6624'],
    ['integers', 'um', 'AVAXUSDT', '20', '50', '1000'],
    [
      'digits beyond a float',
      'spot',
      'X',
      '123456789012.12345678',
      '98765432109.87654321',
      '12193263113680231658668.46517274',
    ],
    ['less than the last decimal', 'spot', 'X', '0.00000001', '0.1', '0'],
    ['COIN-M, base quantity of contracts of 100 USD', 'cm', 'BTCUSD_PERP', '78526.1', '83', '0.10569734'],
    ['COIN-M, rounded up', 'cm', 'BTCUSD_PERP', '19100.5', '1', '0.00523547'],
    ['COIN-M, contracts of 10 USD', 'cm', 'ETHUSD_PERP', '2500', '3', '0.012'],
  ] as const)('%s', (_, market, symbol, price, qty, expected) => {
    expect(quoteQuantity(market, symbol, price, qty)).toBe(expected);
  });

  it('is undefined for a COIN-M price of 0', () => {
    expect(quoteQuantity('cm', 'BTCUSD_PERP', '0', '1')).toBeUndefined();
  });
});

describe.skipIf(!hasData)('quote quantity against the exchange (needs ../shared/data)', () => {
  it('spot: what the exchange states for more than 1,000 trades', () => {
    const trades = [...tradesOf('/api/v3/trades'), ...tradesOf('/api/v3/historicalTrades')];
    expect(trades.length).toBeGreaterThan(1000);
    for (const { price, qty, quoteQty = '' } of trades) {
      expect(quoteQuantity('spot', 'X', canonical(price), canonical(qty))).toBe(canonical(quoteQty));
    }
  });

  it('COIN-M: what the exchange states', () => {
    const trades = tradesOf('/dapi/v1/trades');
    expect(trades.length).toBeGreaterThan(10);
    for (const { price, qty, baseQty = '' } of trades) {
      expect(quoteQuantity('cm', 'BTCUSD_PERP', canonical(price), canonical(qty))).toBe(canonical(baseQty));
    }
  });

  it('USD-M: REST states it cut off after two decimals, so it is computed in place of it', () => {
    const trades = tradesOf('/fapi/v1/trades');
    expect(trades.length).toBeGreaterThan(5);
    for (const { price, qty, quoteQty = '' } of trades) {
      const whole = quoteQuantity('um', 'BTCUSDT', canonical(price), canonical(qty)) ?? '';
      expect(canonical(whole.replace(/(\.\d\d)\d*$/, '$1'))).toBe(canonical(quoteQty));
    }
  });

  it('COIN-M: the contract sizes that the exchange lists', () => {
    const { data } = restAnswer('/dapi/v1/exchangeInfo');
    const { symbols } = data as { symbols: { symbol: string; contractSize: number }[] };
    expect(symbols.length).toBeGreaterThan(20);
    for (const one of symbols) expect([one.symbol, contractSize(one.symbol)]).toEqual([one.symbol, one.contractSize]);
  });
});
