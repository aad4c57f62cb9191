import type { ArchiveRef } from '../../market/binance/archive/archive-ref.ts';
import type { LostIds } from '../market/altered-market.ts';
import type { GeneratedMarketOptions } from '../market/generated-market.ts';

/** What the thread needs in order to write one archive. */
export interface ArchiveTask {
  /** Folder that receives it, laid out as on Binance Vision. */
  readonly dir: string;
  readonly ref: ArchiveRef;
  readonly market: GeneratedMarketOptions;
  readonly lost: readonly LostIds[];
  readonly spent: readonly number[];
}
