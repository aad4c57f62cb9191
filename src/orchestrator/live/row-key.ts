import { parseTopic } from '../../model/topic.ts';
import { isFields } from '../../model/wire/fields.ts';

/** The field of a row's data by which its topic goes on after an interruption. */
const KEY_FIELDS: Readonly<Record<string, string>> = {
  trades: 'id',
  aggTrades: 'agg_trade_id',
  klines: 'open_time',
};

/** Whether rows of a topic have ids or times by which missing ones can be told. */
export function hasKey(topic: string): boolean {
  return Object.hasOwn(KEY_FIELDS, parseTopic(topic).type);
}

/** Id, or open time in unix ms, of a row of a topic; undefined when the topic has no such key. */
export function keyOfLine(topic: string, line: Uint8Array): number | undefined {
  const field = KEY_FIELDS[parseTopic(topic).type];
  if (field === undefined) return undefined;
  const row: unknown = JSON.parse(Buffer.from(line).toString('utf8'));
  const data = isFields(row) && isFields(row.data) ? row.data : {};
  const key = data[field];
  return typeof key === 'number' ? key : undefined;
}
