import { parsePeriod } from '../../market/binance/archive/period.ts';
import { klinesCsv } from '../../market/binance/sample/candle-csv.ts';
import { aggTradesCsv, tradesCsv } from '../../market/binance/sample/trade-csv.ts';
import { writeArchive } from '../../market/binance/sample/write-archive.ts';
import { DAY_MS } from '../../model/market.ts';
import { AlteredMarket } from '../market/altered-market.ts';
import { candlesBetween } from '../market/candles.ts';
import { GeneratedMarket } from '../market/generated-market.ts';
import type { ArchiveTask } from './archive-task.ts';
import { dayOf } from './day-of.ts';

/** Makes the archive of a whole day of an invented market. */
export async function writeDay({ dir, ref, market, lost, spent }: ArchiveTask): Promise<void> {
  const whole = new GeneratedMarket(market);
  const altered = new AlteredMarket(whole, { lost, spent });
  await writeArchive(dir, ref, await linesOf(ref, altered, whole));
}

async function linesOf(
  { market, type, interval, period }: ArchiveTask['ref'],
  altered: AlteredMarket,
  whole: GeneratedMarket,
): Promise<readonly string[]> {
  const day = parsePeriod(period).start;
  if (type === 'klines' && interval !== undefined) {
    const range = { from: day, to: day + DAY_MS, nowUs: Number.MAX_SAFE_INTEGER };
    const bars = await candlesBetween(altered, interval, range);
    return klinesCsv(
      bars.map((bar) => bar.candle()),
      market,
    );
  }
  const trades = dayOf(altered, whole, day);
  if (type === 'trades') return having(tradesCsv(trades, market), (id) => altered.trade(id) !== undefined);
  return having(aggTradesCsv(trades, market), (id) => altered.aggregate(id) !== undefined);
}

/** The rows whose ids exist, and the header. */
function having(lines: readonly string[], exists: (id: number) => boolean): readonly string[] {
  return lines.filter((line) => {
    const id = Number(line.slice(0, line.indexOf(',')));
    return Number.isNaN(id) || exists(id);
  });
}
