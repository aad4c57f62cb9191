import type { AggTradeRecord } from '../../src/market/binance/record/agg-trade.ts';

export interface TradeSeries {
  readonly symbol: string;
  /** Any whole number: equal seeds give equal trades. */
  readonly seed: number;
  /** Unix ms of the first possible trade. */
  readonly from: number;
  /** Mean time from one trade to the next, ms. */
  readonly meanGapMs: number;
}

/** Trades in one ms are frequent, as in the exchange's own archives: four of ten share the time of the one before. */
const SAME_TIME = 0.4;
const THOUSANDTHS = 1_000;
const FIRST_PRICE = 2_153;
const MOST_QUANTITY = 9;
const FIRST_ID = 100_000;

/** Trades without end of a coin that costs a few dollars, deterministic: prices walk, quantities are whole coins. */
export function* generatedTrades({ symbol, seed, from, meanGapMs }: TradeSeries): Generator<AggTradeRecord, never> {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e3779b9) >>> 0 || 1;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const gap = (2 * meanGapMs) / (1 - SAME_TIME);
  let time = from;
  let price = FIRST_PRICE;
  let fill = FIRST_ID;
  for (let id = FIRST_ID; ; id++) {
    if (random() >= SAME_TIME) time += random() * gap;
    price = Math.max(THOUSANDTHS, price + Math.floor(random() * 3) - 1);
    const fills = random() < 0.8 ? 1 : 2;
    yield {
      symbol,
      aggTradeId: id,
      price: priceText(price),
      quantity: String(1 + Math.floor(random() * MOST_QUANTITY)),
      firstTradeId: fill,
      lastTradeId: fill + fills - 1,
      transactTime: Math.floor(time),
      isBuyerMaker: random() < 0.5,
    };
    fill += fills;
  }
}

/** In canonical form, exactly. */
function priceText(thousandths: number): string {
  const whole = Math.floor(thousandths / THOUSANDTHS);
  const rest = thousandths % THOUSANDTHS;
  if (rest === 0) return String(whole);
  return `${whole}.${String(THOUSANDTHS + rest)
    .slice(1)
    .replace(/0+$/, '')}`;
}
