import { endpointsOf } from '../market/binance/endpoints.ts';
import { MarketRest } from '../market/binance/rest/market-rest.ts';
import type { ExchangeSymbol } from '../market/binance/rest/rest-calls.ts';
import { streamOf } from '../market/binance/stream/stream-name.ts';
import { AegisError, messageOf } from '../model/errors.ts';
import { type Market, STATUS_TYPE } from '../model/market.ts';
import { parseTopic } from '../model/topic.ts';

export interface OfferedTopicsOptions {
  readonly market: Market;
  /** A server that speaks the exchange's dialect, http(s) URL; absent: the exchange itself. */
  readonly endpoint?: string;
  /** Short topics. */
  readonly topics: readonly string[];
  /** Something that operators are told. */
  readonly tell: (event: string, text: string) => void;
  readonly signal: AbortSignal;
  /** A start waits so long for the exchange, ms; default 8,000. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 8_000;
const ATTEMPTS = 2;
/** What spot and futures alike say of a symbol that is traded. */
const TRADED = 'TRADING';
const MARKETS: Readonly<Record<Market, string>> = {
  spot: 'the spot market',
  um: 'USD-M futures',
  cm: 'COIN-M futures',
};
const REMEDY = 'Change what the component declares, or the market of the session.';

/**
 * Throws TOPIC_NOT_AVAILABLE for topics that the market does not have: the exchange takes subscriptions to streams that do
 * not exist, and says nothing on them. When it cannot be asked, operators are told, and the start goes on.
 */
export async function checkOffered(options: OfferedTopicsOptions): Promise<void> {
  const { market, topics, tell } = options;
  if (topics.length === 0) return;
  refuse(
    topics
      .filter((topic) => !hasStream(market, topic))
      .map((topic) => `topic "${topic}": there is no such stream on ${MARKETS[market]}`),
  );
  const offered = await offeredSymbols(options);
  if (offered === undefined) return;
  const statuses = new Map(offered.map(({ symbol, status }) => [symbol, status]));
  const symbols = [...new Set(topics.map((topic) => parseTopic(topic).symbol))];
  refuse(
    symbols
      .filter((symbol) => !statuses.has(symbol))
      .map((symbol) => `there is no symbol ${symbol} on ${MARKETS[market]}`),
  );
  for (const symbol of symbols) {
    const status = statuses.get(symbol);
    if (status !== TRADED) tell('symbolNotTraded', `${symbol} is not traded now, the exchange says ${status}`);
  }
}

/** Undefined when the exchange cannot be asked now. */
async function offeredSymbols(options: OfferedTopicsOptions): Promise<readonly ExchangeSymbol[] | undefined> {
  const { market, endpoint, tell, signal, patienceMs = PATIENCE_MS } = options;
  const rest = new MarketRest({ market, endpoints: endpointsOf(market, endpoint), attempts: ATTEMPTS });
  const patience = AbortSignal.timeout(patienceMs);
  try {
    return await rest.symbols(AbortSignal.any([signal, patience]));
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = patience.aborted ? `no answer within ${patienceMs} ms` : messageOf(error);
    tell('symbolsUnchecked', `the exchange cannot be asked for its symbols: ${reason}`);
    return undefined;
  }
}

function hasStream(market: Market, topic: string): boolean {
  return parseTopic(topic).type === STATUS_TYPE || streamOf(market, topic) !== undefined;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new AegisError('TOPIC_NOT_AVAILABLE', problems.join('; '), { remedy: REMEDY });
}
