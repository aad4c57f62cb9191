import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AggTradeRecord } from '../../src/market/binance/record/agg-trade.ts';
import type { StreamPlan } from '../../src/model/plan.ts';
import { ColumnDigest } from './column-digest.ts';
import { DAY_MS, type Dataset, FIRST_DAY, SESSION_ID, symbolsOf, totalRows } from './dataset.ts';
import type { Reference } from './reference.ts';
import { StreamDigest } from './stream-digest.ts';
import { TopicTapes, type TradeRow } from './topic-tapes.ts';

const CHUNK_BYTES = 1 << 20;
const US_PER_MS = 1_000;

/**
 * Writes the tapes of a dataset below `folder`, its plan, and what a component must get: a merge of its own, which knows
 * nothing of the project's (all topics looked through for each row, lines from a template). `onRows` gets the rows so far.
 */
export function makeDataset(dataset: Dataset, folder: string, onRows: (rows: number) => void): void {
  const tapesDir = join(folder, 'tapes');
  mkdirSync(tapesDir, { recursive: true });
  const topics = symbolsOf(dataset).map((symbol, index) => new TopicTapes(symbol, index + 1, dataset, tapesDir));
  const file = dataset.keepBytes ? openSync(join(folder, 'merged.ndjson'), 'w') : undefined;
  const digest = new StreamDigest();
  const columns = new ColumnDigest();
  let rows = 0;
  let turnover = 0;
  for (const chunk of chunksOf(
    lines(topics, (record, topic) => {
      turnover += Number(record.price) * Number(record.quantity);
      columns.add(record, topic);
      onRows(++rows);
    }),
  )) {
    digest.add(chunk);
    if (file !== undefined) writeSync(file, chunk);
  }
  if (file !== undefined) closeSync(file);
  const plan: StreamPlan = {
    market: 'spot',
    from: FIRST_DAY,
    to: FIRST_DAY + dataset.days * DAY_MS,
    topics: topics.map(({ topic, tapes }) => ({ topic, tapes })),
    gaps: [],
  };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  const { bytes, crc } = digest;
  const reference: Reference = {
    rows: totalRows(dataset),
    bytes,
    crc,
    hash: digest.hash(),
    columnsHash: columns.hash(),
    turnover,
    topics: topics.map(({ topic }) => topic),
  };
  writeFileSync(join(folder, 'reference.json'), JSON.stringify(reference));
}

function* lines(
  topics: readonly TopicTapes[],
  onRow: (record: AggTradeRecord, topic: number) => void,
): Generator<string> {
  const sources = topics.map((each) => each.rows());
  const heads: (TradeRow | undefined)[] = sources.map((source) => source.next().value ?? undefined);
  for (;;) {
    let first = -1;
    let least = Infinity;
    for (let index = 0; index < heads.length; index++) {
      const time = heads[index]?.timeUs ?? Infinity;
      // Of equal times the topic that stands first comes first.
      if (time < least) [first, least] = [index, time];
    }
    const row = heads[first];
    if (row === undefined) return;
    const ts = Math.floor(row.timeUs / US_PER_MS);
    const topic = `aegis.${SESSION_ID}.${topics[first]?.topic}`;
    yield `{"session_id":"${SESSION_ID}","topic":"${topic}","ts":${ts},"data":${row.json}}\n`;
    onRow(row.record, first);
    heads[first] = sources[first]?.next().value ?? undefined;
  }
}

function* chunksOf(texts: Iterable<string>): Generator<Buffer> {
  let parts: string[] = [];
  let size = 0;
  for (const text of texts) {
    parts.push(text);
    size += text.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.from(parts.join(''), 'latin1');
    parts = [];
    size = 0;
  }
  if (size > 0) yield Buffer.from(parts.join(''), 'latin1');
}
