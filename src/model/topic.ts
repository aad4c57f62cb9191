import { DATA_TYPES, HISTORICAL_ONLY_TYPES, type Mode, REALTIME_ONLY_TYPES, STATUS_TYPE } from './market.ts';

/** What a component says at REGISTER about the data it needs. Missing lists are empty lists. */
export interface Capabilities {
  readonly symbols: readonly string[];
  readonly timeframes: readonly string[];
  readonly orderBookSpeeds: readonly string[];
  /** Data types, in the order in which their topics are listed. */
  readonly streams: readonly string[];
}

/**
 * A topic as components write it: `klines.BTCUSDT.1m`, `aggTrades.BTCUSDT`, `orderBook.BTCUSDT.100ms`.
 * The full topic of rows and NATS subjects is `aegis.<session id>.<short topic>`.
 */
export interface Topic {
  readonly type: string;
  readonly symbol: string;
  /** Timeframe of klines, speed of order books. */
  readonly detail?: string;
}

const ORDER_BOOK_SPEEDS = ['100ms', '250ms', '500ms'];

/** In the order in which rows of one instant are delivered. */
const ALL_TYPES: readonly string[] = [...DATA_TYPES, ...REALTIME_ONLY_TYPES, STATUS_TYPE];

/** A symbol or type that may become part of a NATS subject, a topic and a file name. */
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

export function shortTopic({ type, symbol, detail }: Topic): string {
  return detail === undefined ? `${type}.${symbol}` : `${type}.${symbol}.${detail}`;
}

export function parseTopic(short: string): Topic {
  const [type = '', symbol = '', detail] = short.split('.');
  return detail === undefined ? { type, symbol } : { type, symbol, detail };
}

export function fullTopic(sessionId: string, short: string): string {
  return `aegis.${sessionId}.${short}`;
}

/** The short topics that a component's capabilities ask for, in the protocol's order, without repetition. */
export function topicsFromCapabilities(capabilities: Capabilities): string[] {
  const topics = new Set<string>();
  for (const type of capabilities.streams) {
    for (const symbol of capabilities.symbols) {
      for (const detail of detailsOf(type, capabilities)) {
        topics.add(shortTopic(detail === undefined ? { type, symbol } : { type, symbol, detail }));
      }
    }
  }
  return [...topics];
}

function detailsOf(type: string, capabilities: Capabilities): readonly (string | undefined)[] {
  if (type === 'klines' || type === 'klineUpdates') return capabilities.timeframes;
  if (type !== 'orderBook') return [undefined];
  const speeds = capabilities.orderBookSpeeds.filter((speed) => ORDER_BOOK_SPEEDS.includes(speed));
  return speeds.length > 0 ? speeds : ['100ms'];
}

/** Why a topic cannot be had in a mode, or undefined when it can. */
export function topicProblem(short: string, mode: Mode): string | undefined {
  const { type, symbol, detail } = parseTopic(short);
  if (!isToken(symbol) || (detail !== undefined && !isToken(detail))) {
    return `topic "${short}": a symbol consists of A-Z, a-z, 0-9, _ and -`;
  }
  if (type === STATUS_TYPE) return undefined;
  const realtimeOnly = (REALTIME_ONLY_TYPES as readonly string[]).includes(type);
  if (!realtimeOnly && !(DATA_TYPES as readonly string[]).includes(type)) {
    return `topic "${short}": unknown data type "${type}"; known are ${[...ALL_TYPES].join(', ')}`;
  }
  const wrongMode = mode === 'historical' ? realtimeOnly : (HISTORICAL_ONLY_TYPES as readonly string[]).includes(type);
  return wrongMode ? `topic "${short}": data type "${type}" is not available in ${mode} mode` : undefined;
}

/** Rank of a data type among rows of one instant. */
export function typeRank(type: string): number {
  return ALL_TYPES.indexOf(type);
}

/**
 * The fixed order of topics within one instant: by type rank, then symbol, then timeframe, each by code unit.
 * Two replays therefore give identical streams whatever order components registered in.
 */
export function compareTopics(a: string, b: string): number {
  const left = parseTopic(a);
  const right = parseTopic(b);
  return (
    typeRank(left.type) - typeRank(right.type) ||
    compareText(left.symbol, right.symbol) ||
    compareText(left.detail ?? '', right.detail ?? '')
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
