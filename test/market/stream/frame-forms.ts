/**
 * The same event in the form of the other side, made from the texts themselves: nothing here uses code under test.
 * Columns as in section 2 of the formats of Binance Vision, fields as in the exchange's documentation of streams.
 */

/** Columns of a `klines` archive as a closed bar of the candle stream. */
export function klineFrame(line: string, symbol: string, interval: string): string {
  const [t, o, h, l, c, v, T, q, n, V, Q] = line.split(',');
  const bar = `"t":${t},"T":${T},"s":"${symbol}","i":"${interval}","f":-1,"L":-1,"o":"${o}","c":"${c}","h":"${h}","l":"${l}"`;
  const sums = `"v":"${v}","n":${n},"x":true,"q":"${q}","V":"${V}","Q":"${Q}","B":"0"`;
  return combined(
    `${symbol}@kline_${interval}`,
    `{"e":"kline","E":${Number(T) + 203},"s":"${symbol}","k":{${bar},${sums}}}`,
  );
}

/** Columns of an `aggTrades` archive as a frame. */
export function aggTradeFrame(line: string, symbol: string): string {
  const [a, p, q, f, l, T, m = ''] = line.split(',');
  const ids = `"a":${a},"p":"${p}","q":"${q}","f":${f},"l":${l}`;
  return combined(
    `${symbol}@aggTrade`,
    `{"e":"aggTrade","E":${Number(T) + 2},"s":"${symbol}",${ids},"T":${T},"m":${m.toLowerCase()},"M":true}`,
  );
}

/** Columns of a `trades` archive as a frame, which has no quote quantity. */
export function tradeFrame(line: string, symbol: string): string {
  const [t, p, q, , T, m = ''] = line.split(',');
  return combined(
    `${symbol}@trade`,
    `{"e":"trade","E":${Number(T) + 1},"s":"${symbol}","t":${t},"p":"${p}","q":"${q}","T":${T},"m":${m.toLowerCase()},"M":true}`,
  );
}

function combined(stream: string, data: string): string {
  return `{"stream":"${stream}","data":${data}}`;
}

interface Payload {
  readonly e: string;
  readonly s: string;
  readonly m: boolean;
  readonly [field: string]: unknown;
}

/** The payload of a frame, raw or combined. */
export function payloadOf(frame: string): Payload {
  const value = JSON.parse(frame);
  return value.data ?? value;
}

/** A frame of `@aggTrade` as columns of an archive. */
export function aggTradeLine(frame: string): string {
  const { a, p, q, f, l, T, m } = payloadOf(frame);
  return [a, p, q, f, l, T, m].join(',');
}

/** A frame of `@trade` as columns of an archive; spot archives write `True` and have a column more. */
export function tradeLine(frame: string, spot: boolean): string {
  const { t, p, q, T, m } = payloadOf(frame);
  const columns = [t, p, q, wholeProduct(String(p), String(q)), T];
  return [...columns, ...(spot ? [m ? 'True' : 'False', 'True'] : [m])].join(',');
}

/** A closed bar of the candle stream as columns of an archive. */
export function klineLine(frame: string): string {
  const { t, o, h, l, c, v, T, q, n, V, Q } = JSON.parse(frame).data.k;
  return [t, o, h, l, c, v, T, q, n, V, Q, 0].join(',');
}

/** Price × quantity as the exchange writes it: with all decimals of both, cut off after 8. */
function wholeProduct(price: string, quantity: string): string {
  const decimals = `${price}.`.split('.')[1]?.length ?? 0;
  const more = `${quantity}.`.split('.')[1]?.length ?? 0;
  const units = BigInt(price.replace('.', '')) * BigInt(quantity.replace('.', ''));
  const text = units.toString().padStart(decimals + more + 1, '0');
  const whole = text.slice(0, text.length - decimals - more);
  return `${whole}.${text.slice(whole.length, whole.length + 8)}`;
}
