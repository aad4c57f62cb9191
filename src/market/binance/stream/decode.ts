import type { Market } from '../../../model/market.ts';
import { bookTickerOfFrame, depthOfFrame } from './book-event.ts';
import { type Fields, fieldsOf, isFields, Malformed, symbolOf, textOf } from './fields.ts';
import { klineOfFrame } from './kline-event.ts';
import type { Frame, MarketEvent } from './market-event.ts';
import { aggTradeOf, tradeOfFrame } from './trade-event.ts';

const NAME_LENGTH = 80;
/** Changes of the whole book; `@depth20` and `@rpiDepth` have the same event type and say something else. */
const DEPTH_STREAM = /@depth(@\d+ms)?$/;

/**
 * What a text message of a market stream says: raw (`/ws/…`) or combined (`/stream`), times in ms or µs. Fields that Aegis
 * does not know are ignored. Never throws: what cannot be read is `malformed`, with the reason.
 */
export function decodeFrame(text: string | Buffer, market: Market): Frame {
  let value: unknown;
  try {
    value = JSON.parse(typeof text === 'string' ? text : text.toString('utf8'));
  } catch {
    return { type: 'malformed', problem: 'this is not JSON' };
  }
  try {
    return frameOf(fieldsOf(value, 'the frame'), market);
  } catch (error) {
    if (error instanceof Malformed) return { type: 'malformed', problem: error.message };
    throw error;
  }
}

function frameOf(frame: Fields, market: Market): Frame {
  if (frame.data === undefined && frame.stream === undefined) {
    return replyOf(frame) ?? payloadFrame(frame, undefined, market);
  }
  const stream = textOf(frame.stream, 'stream');
  // Streams of all symbols send lists, e.g. `!ticker@arr`.
  if (Array.isArray(frame.data)) return { type: 'other', name: stream.slice(0, NAME_LENGTH) };
  return payloadFrame(fieldsOf(frame.data, 'data'), stream, market);
}

/** `stream`: name of the stream; undefined in the raw form. */
function payloadFrame(data: Fields, stream: string | undefined, market: Market): Frame {
  const type = data.e === undefined ? typeByFields(data) : textOf(data.e, 'e');
  if (type === undefined) throw new Malformed('e is missing');
  if (type === 'serverShutdown') return { type: 'shutdown' };
  if (type === 'depthUpdate' && stream !== undefined && !DEPTH_STREAM.test(stream)) {
    return { type: 'other', name: stream.slice(0, NAME_LENGTH) };
  }
  const event = eventOf(type, data, market);
  return event === undefined ? { type: 'other', name: type.slice(0, NAME_LENGTH) } : { type: 'event', event };
}

/** Spot's bookTicker and the partial books carry no type. */
function typeByFields({ u, s, b, a, lastUpdateId }: Fields): string | undefined {
  if (lastUpdateId !== undefined) return 'partialDepth';
  return u !== undefined && s !== undefined && b !== undefined && a !== undefined ? 'bookTicker' : undefined;
}

function eventOf(type: string, data: Fields, market: Market): MarketEvent | undefined {
  switch (type) {
    case 'aggTrade':
      return aggTradeOf(symbolOf(data.s, 's'), data);
    case 'trade':
      return tradeOfFrame(market, symbolOf(data.s, 's'), data);
    case 'kline':
      return klineOfFrame(symbolOf(data.s, 's'), data);
    case 'depthUpdate':
      return depthOfFrame(symbolOf(data.s, 's'), data);
    case 'bookTicker':
      return bookTickerOfFrame(symbolOf(data.s, 's'), data);
    default:
      return undefined;
  }
}

/** `{"result":…,"id":…}`, `{"error":{"code":…,"msg":…},"id":…}`, `{"code":…,"msg":…}`. */
function replyOf({ id, result, error, code, msg, e }: Fields): Frame | undefined {
  if (e !== undefined || (result === undefined && error === undefined && code === undefined)) return undefined;
  const asked = typeof id === 'number' || typeof id === 'string' ? id : null;
  if (error === undefined && code === undefined) return { type: 'reply', id: asked };
  return { type: 'reply', id: asked, error: isFields(error) ? refusal(error.code, error.msg) : refusal(code, msg) };
}

function refusal(code: unknown, text: unknown): string {
  return `${String(text ?? 'the exchange refused')} (code ${String(code)})`.slice(0, 200);
}
