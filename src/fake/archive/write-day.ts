import { parsePeriod } from '../../market/binance/archive/period.ts';
import { klinesCsv } from '../../market/binance/sample/candle-csv.ts';
import { writeArchive } from '../../market/binance/sample/write-archive.ts';
import { AlteredMarket } from '../market/altered-market.ts';
import { candlesBetween } from '../market/candles.ts';
import { GeneratedMarket } from '../market/generated-market.ts';
import type { ArchiveTask } from './archive-task.ts';
import { CsvLines } from './csv-lines.ts';

/** Makes the archive of a whole day of an invented market. */
export async function writeDay({ dir, ref, market, lost, spent }: ArchiveTask): Promise<void> {
  const altered = new AlteredMarket(new GeneratedMarket(market), { lost, spent });
  await writeArchive(dir, ref, await linesOf(ref, altered));
}

async function linesOf({ type, interval, period }: ArchiveTask['ref'], market: AlteredMarket): Promise<string[]> {
  const { start, end } = parsePeriod(period);
  if (type === 'klines' && interval !== undefined) {
    const bars = await candlesBetween(market, interval, { from: start, to: end, nowUs: Number.MAX_SAFE_INTEGER });
    const candles = bars.map((bar) => bar.candle());
    return klinesCsv(candles, market.market);
  }
  return type === 'trades' ? tradeLines(market, start, end) : aggTradeLines(market, start, end);
}

/** Times in unix ms; `to` is not included. */
function tradeLines(market: AlteredMarket, from: number, to: number): string[] {
  const write = new CsvLines(market, from);
  const lines = write.header('trades');
  const end = market.tradeIdAt(to * 1_000);
  for (let id = market.tradeIdAt(from * 1_000); id < end; id++) {
    const trade = market.trade(id);
    if (trade !== undefined) lines.push(write.trade(trade));
  }
  return lines;
}

function aggTradeLines(market: AlteredMarket, from: number, to: number): string[] {
  const write = new CsvLines(market, from);
  const lines = write.header('aggTrades');
  const end = market.aggIdAt(to * 1_000);
  for (let id = market.aggIdAt(from * 1_000); id < end; id++) {
    const aggregate = market.aggregate(id);
    if (aggregate !== undefined) lines.push(write.aggTrade(aggregate));
  }
  return lines;
}
