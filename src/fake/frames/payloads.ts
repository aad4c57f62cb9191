import type { Candle } from '../../market/binance/sample/candles.ts';
import type { Interval, Market } from '../../model/market.ts';
import type { DepthChange, Level, Top } from '../book/book-change.ts';
import { apiName } from '../market/bars.ts';
import type { FakeAggregate, FakeTrade, SymbolMarket } from '../market/symbol-market.ts';
import { inUnit, type TimeUnit } from './frame.ts';
import { Numbers } from './numbers.ts';

/** When the exchange says it sent something, unix µs, and in which unit it tells. */
export interface Sent {
  readonly us: number;
  readonly unit: TimeUnit;
}

export interface ShownBar extends Candle {
  /** Of its first and last trade; −1 without trades. */
  readonly ids: { readonly first: number; readonly last: number };
}

export interface BarState {
  readonly interval: Interval;
  readonly closed: boolean;
}

/**
 * Writes the payloads of a symbol's streams with the keys, and in the order of keys, of its market. Source: the exchange's
 * documentation and recordings of its sockets.
 */
export class Payloads {
  readonly numbers: Numbers;
  readonly #market: Market;
  readonly #symbol: string;
  /** COIN-M names the pair of a contract as well. */
  readonly #pair: string;

  constructor(of: Pick<SymbolMarket, 'market' | 'symbol' | 'scale'>) {
    this.numbers = new Numbers(of);
    this.#market = of.market;
    this.#symbol = of.symbol;
    this.#pair = of.market === 'cm' ? `,"ps":"${of.symbol.split('_')[0] ?? of.symbol}"` : '';
  }

  trade({ id, price, qty, timeUs, buyerMaker }: FakeTrade, sent: Sent): string {
    const time = inUnit(timeUs, sent.unit);
    const p = this.numbers.price(price);
    const q = this.numbers.qty(qty);
    if (this.#market === 'spot') {
      return `${this.#head('trade', sent)},"s":"${this.#symbol}","t":${id},"p":"${p}","q":"${q}","T":${time},"m":${buyerMaker},"M":true}`;
    }
    return `${this.#head('trade', sent)},"T":${time},"s":"${this.#symbol}"${this.#pair},"t":${id},"p":"${p}","q":"${q}","X":"MARKET","m":${buyerMaker}}`;
  }

  /** An id that is spent on no trade; futures only. */
  spentTrade({ id, timeUs }: { readonly id: number; readonly timeUs: number }, sent: Sent): string {
    const time = inUnit(timeUs, sent.unit);
    return `${this.#head('trade', sent)},"T":${time},"s":"${this.#symbol}"${this.#pair},"t":${id},"p":"0","q":"0","X":"NA","m":true}`;
  }

  aggTrade({ id, firstId, lastId, price, qty, timeUs, buyerMaker }: FakeAggregate, sent: Sent): string {
    const q = this.numbers.qty(qty);
    const normal = this.#market === 'um' ? `,"nq":"${q}"` : '';
    const best = this.#market === 'spot' ? ',"M":true' : '';
    return `${this.#head('aggTrade', sent)},"s":"${this.#symbol}"${this.#pair},"a":${id},"p":"${this.numbers.price(price)}","q":"${q}"${normal},"f":${firstId},"l":${lastId},"T":${inUnit(timeUs, sent.unit)},"m":${buyerMaker}${best}}`;
  }

  kline(c: ShownBar, { interval, closed }: BarState, sent: Sent): string {
    const { numbers: n } = this;
    const open = inUnit(c.openTime * 1_000, sent.unit);
    const close = inUnit(c.end * 1_000, sent.unit) - 1;
    const prices = `"o":"${n.price(c.open)}","c":"${n.price(c.close)}","h":"${n.price(c.high)}","l":"${n.price(c.low)}"`;
    const sums = `"v":"${n.qty(c.volume)}","n":${c.count},"x":${closed},"q":"${n.quote(c.quote)}","V":"${n.qty(c.takerVolume)}","Q":"${n.quote(c.takerQuote)}","B":"0"`;
    return `${this.#head('kline', sent)},"s":"${this.#symbol}"${this.#pair},"k":{"t":${open},"T":${close},"s":"${this.#symbol}","i":"${apiName(interval)}","f":${c.ids.first},"L":${c.ids.last},${prices},${sums}}}`;
  }

  /** `timeUs`: of the change itself; the clock of the exchange may be wrong. */
  depth({ firstId, lastId, previousId, bids, asks }: DepthChange, timeUs: number, sent: Sent): string {
    const time = this.#market === 'spot' ? '' : `,"T":${inUnit(timeUs, sent.unit)}`;
    const previous = this.#market === 'spot' ? '' : `,"pu":${previousId}`;
    return `${this.#head('depthUpdate', sent)}${time},"s":"${this.#symbol}"${this.#pair},"U":${firstId},"u":${lastId}${previous},"b":${this.levels(bids)},"a":${this.levels(asks)}}`;
  }

  partialDepth({ firstId, lastId, previousId, bids, asks }: DepthChange, timeUs: number, sent: Sent): string {
    if (this.#market === 'spot') {
      return `{"lastUpdateId":${lastId},"bids":${this.levels(bids)},"asks":${this.levels(asks)}}`;
    }
    return this.depth({ firstId, lastId, previousId, bids, asks }, timeUs, sent);
  }

  bookTicker({ updateId, bid, ask }: Top, timeUs: number, sent: Sent): string {
    const [b, B, a, A] = [
      this.numbers.price(bid[0]),
      this.numbers.qty(bid[1]),
      this.numbers.price(ask[0]),
      this.numbers.qty(ask[1]),
    ];
    const top = `"s":"${this.#symbol}"${this.#pair},"b":"${b}","B":"${B}","a":"${a}","A":"${A}"`;
    if (this.#market === 'spot') return `{"u":${updateId},${top}}`;
    return `{"e":"bookTicker","u":${updateId},${top},"T":${inUnit(timeUs, sent.unit)},"E":${inUnit(sent.us, sent.unit)}}`;
  }

  levels(levels: readonly Level[]): string {
    return `[${levels.map(([price, qty]) => `["${this.numbers.price(price)}","${this.numbers.qty(qty)}"]`).join(',')}]`;
  }

  #head(event: string, { us, unit }: Sent): string {
    return `{"e":"${event}","E":${inUnit(us, unit)}`;
  }
}
