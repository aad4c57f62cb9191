import { contractSize } from '../../market/binance/stream/quote-quantity.ts';
import type { Market } from '../../model/market.ts';
import type { Scale } from '../market/symbol-market.ts';

export interface ExchangeInfo {
  readonly market: Market;
  /** Unix ms. */
  readonly serverTime: number;
  readonly weightPerMinute: number;
  readonly symbols: readonly { readonly symbol: string; readonly scale: Scale; readonly listed: number }[];
}

/** Assets that symbols are quoted in, for taking names apart. */
const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BUSD', 'USD', 'BTC', 'ETH', 'BNB'] as const;
const PERPETUAL_DELIVERY = 4_133_404_800_000;

/** The answer to `exchangeInfo`: what clients use of it. */
export function exchangeInfo({ market, serverTime, weightPerMinute, symbols }: ExchangeInfo): string {
  return JSON.stringify({
    timezone: 'UTC',
    serverTime,
    rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightPerMinute }],
    exchangeFilters: [],
    symbols: symbols.map((each) => symbolInfo(market, each)),
  });
}

function symbolInfo(market: Market, { symbol, scale, listed }: ExchangeInfo['symbols'][number]): object {
  const pair = symbol.split('_')[0] ?? symbol;
  const quoteAsset = QUOTES.find((quote) => pair.endsWith(quote) && pair !== quote) ?? 'USDT';
  const common = {
    symbol,
    baseAsset: pair.endsWith(quoteAsset) ? pair.slice(0, -quoteAsset.length) : pair,
    quoteAsset,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: step(scale.price), maxPrice: '10000000', tickSize: step(scale.price) },
      { filterType: 'LOT_SIZE', minQty: step(scale.qty), maxQty: '100000', stepSize: step(scale.qty) },
    ],
  };
  if (market === 'spot') return { ...common, status: 'TRADING', isSpotTradingAllowed: true };
  const contract = { pair, contractType: 'PERPETUAL', deliveryDate: PERPETUAL_DELIVERY, onboardDate: listed };
  if (market === 'um') return { ...common, ...contract, status: 'TRADING' };
  return { ...common, ...contract, contractStatus: 'TRADING', contractSize: contractSize(symbol) };
}

/** `0.01` of 2 decimals. */
function step(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`;
}
