import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ArchiveContent } from '../../../src/market/binance/archive/archive-ref.ts';
import { withFormat } from '../../../src/market/binance/archive/format/index.ts';
import { readArchive } from '../../../src/market/binance/archive/read-archive.ts';
import { renderAggTrade } from '../../../src/market/binance/record/agg-trade.ts';
import { renderKline } from '../../../src/market/binance/record/kline.ts';
import { renderTrade } from '../../../src/market/binance/record/trade.ts';
import { decodeFrame } from '../../../src/market/binance/stream/decode.ts';
import type { MarketEvent } from '../../../src/market/binance/stream/market-event.ts';
import type { Market } from '../../../src/model/market.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A row as components get it, and its place in the order. */
export interface Row {
  readonly json: string;
  /** Unix µs; undefined where a frame does not tell (candles). */
  readonly timeUs?: number;
}

/** The rows of an archive, zip or CSV, by the way that an import takes. */
export async function archiveRows(file: string, content: ArchiveContent): Promise<Row[]> {
  return withFormat<Promise<Row[]>>(content.type, {
    visit: async (format) => {
      const rows: Row[] = [];
      await readArchive({
        archive: { file, content, source: path.basename(file) },
        format,
        onRow: (record, timeUs) => {
          if (record === undefined) return;
          const json = format.render(record);
          rows.push(content.type === 'klines' ? { json } : { json, timeUs });
        },
      });
      return rows;
    },
  });
}

/** The rows of lines that are written as an archive has them. */
export function rowsOfLines(lines: readonly string[], content: ArchiveContent): Promise<Row[]> {
  const file = path.join(tempDir(), 'archive.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return archiveRows(file, content);
}

/** The rows of frames, each of which must be an event that becomes a row. */
export function frameRows(frames: readonly string[], market: Market): Row[] {
  return frames.map((text) => {
    const frame = decodeFrame(text, market);
    if (frame.type !== 'event') throw new Error(`${text} is ${JSON.stringify(frame)}`);
    return eventRow(frame.event);
  });
}

export function eventRow(event: MarketEvent): Row {
  switch (event.type) {
    case 'aggTrade':
      return { json: renderAggTrade(event.record), timeUs: event.timeUs };
    case 'trade':
      return { json: renderTrade(event.record), timeUs: event.timeUs };
    case 'kline':
      if (!event.closed) throw new Error('an open bar is no row');
      return { json: renderKline(event.record) };
    default:
      throw new Error(`${event.type} is no row`);
  }
}
