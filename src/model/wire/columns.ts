import { parseTopic } from '../topic.ts';

/** Type of a column's values: Arrow's Int64, Float64, Bool and Utf8. */
export type ColumnKind = 'int64' | 'float64' | 'bool' | 'utf8';

/** A typed column of a data type, as a tape has it beside the rows' JSON. */
export interface RowColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /**
   * Where the value is in a row's `data`. `ts`, `symbol`: it is always the row's time, the topic's symbol, so that nobody needs
   * to read or send it.
   */
  readonly path: readonly (string | number)[] | 'ts' | 'symbol';
}

/** Names of columns that every Arrow stream has, whatever its types. */
export const ENVELOPE_COLUMNS = ['seq', 'ts', 'topic'] as const;

/** Column with a row's whole `data` as text, for types that say more than their typed columns do. */
export const JSON_COLUMN = 'json';

const SYMBOL: RowColumn = { name: 'symbol', kind: 'utf8', path: 'symbol' };

const KLINES: readonly RowColumn[] = [
  ...ints('open_time'),
  time('close_time'),
  ...ints('count'),
  ...floats('open', 'high', 'low', 'close', 'volume', 'quote_volume', 'taker_buy_volume', 'taker_buy_quote_volume'),
];

const COLUMNS: Readonly<Record<string, readonly RowColumn[]>> = {
  trades: [...ints('id'), ...floats('price', 'qty', 'quote_qty'), time('trade_time'), field('is_buyer_maker', 'bool')],
  aggTrades: [
    SYMBOL,
    ...ints('agg_trade_id'),
    ...floats('price', 'quantity'),
    ...ints('first_trade_id', 'last_trade_id'),
    time('transact_time'),
    field('is_buyer_maker', 'bool'),
  ],
  klines: KLINES,
  bookDepth: [time('timestamp'), ...floats('percentage', 'depth', 'notional')],
  metrics: [
    time('create_time'),
    SYMBOL,
    ...floats(
      'sum_open_interest',
      'sum_open_interest_value',
      'count_toptrader_long_short_ratio',
      'sum_toptrader_long_short_ratio',
      'count_long_short_ratio',
      'sum_taker_long_short_vol_ratio',
    ),
  ],
  klineUpdates: [time('event_time'), ...KLINES.map(ofUpdate), field('closed', 'bool')],
  orderBook: [
    ...ints('last_update_id'),
    time('event_time'),
    { name: 'best_bid', kind: 'float64', path: ['bids', 0, 'price'] },
    { name: 'best_bid_quantity', kind: 'float64', path: ['bids', 0, 'quantity'] },
    { name: 'best_ask', kind: 'float64', path: ['asks', 0, 'price'] },
    { name: 'best_ask_quantity', kind: 'float64', path: ['asks', 0, 'quantity'] },
  ],
  status: [field('kind', 'utf8'), field('topic', 'utf8'), field('state', 'utf8')],
};

/** Types whose rows have fields or levels that no column has. */
const WITH_JSON: ReadonlySet<string> = new Set(['orderBook', 'status']);

/** The typed columns of a topic's rows, in the order of its tapes; of an unknown type only what `withJson` says. */
export function columnsOf(topic: string): readonly RowColumn[] {
  return COLUMNS[parseTopic(topic).type] ?? [];
}

/** True when the rows of a topic come with their whole `data` as text, too: then nothing of them is lost. */
export function withJson(topic: string): boolean {
  const { type } = parseTopic(topic);
  return WITH_JSON.has(type) || COLUMNS[type] === undefined;
}

/** The columns of a topic's blocks, in their order. `plain`: only the rows' `data` as text, whatever its type. */
export function blockColumns(topic: string, plain: boolean): readonly RowColumn[] {
  if (plain) return [DATA];
  return withJson(topic) ? [...columnsOf(topic), DATA] : columnsOf(topic);
}

/** False for what is known of each row without it: its time, the symbol of its topic. */
export function isSent({ path }: RowColumn): boolean {
  return path !== 'ts' && path !== 'symbol';
}

const DATA: RowColumn = { name: JSON_COLUMN, kind: 'utf8', path: [] };

function field(name: string, kind: ColumnKind): RowColumn {
  return { name, kind, path: [name] };
}

/** A column with the time that the envelope has. */
function time(name: string): RowColumn {
  return { name, kind: 'int64', path: 'ts' };
}

/** A candle that changes has the time of its event. */
function ofUpdate(column: RowColumn): RowColumn {
  return column.path === 'ts' ? field(column.name, column.kind) : column;
}

function ints(...names: readonly string[]): RowColumn[] {
  return names.map((name) => field(name, 'int64'));
}

function floats(...names: readonly string[]): RowColumn[] {
  return names.map((name) => field(name, 'float64'));
}
