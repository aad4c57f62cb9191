import { z } from 'zod';
import { DATA_TYPES, INTERVALS, MARKETS } from '../model/market.ts';

/** Key of the manifest in the metadata of a tape's Arrow schema. */
export const MANIFEST_KEY = 'aegis.manifest';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const tapeGap = z.object({
  /** Unix ms; `from` is included, `to` is not. */
  from: z.number().int(),
  to: z.number().int(),
  kind: z.enum(['absent', 'partial']),
});

export const tapeManifest = z.object({
  version: z.literal(1),
  market: z.enum(MARKETS),
  type: z.enum(DATA_TYPES),
  symbol: z.string(),
  interval: z.enum(INTERVALS).optional(),
  /** UTC day `2024-01-01`; month `2024-01` for klines of 3d, 1w and 1mo. */
  period: z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/),
  /** The archive: its path on Binance Vision where it has one, else its file name. */
  source: z.string(),
  /** Of the bytes of the archive as it was imported. */
  sourceSha256: sha256,
  rows: z.number().int().positive(),
  /** Order times of the first and last row, unix µs. */
  firstTime: z.number().int(),
  lastTime: z.number().int(),
  /** Of the order times and canonical rows: equal content has an equal value whatever archive it came from. */
  contentSha256: sha256,
  /** Klines: open time of the first bar, unix ms, where the source's first period begins with a hole (or a listing). */
  lateStart: z.number().int().optional(),
  /** Which of the tapes made from the source this is, from 0; the last one is marked. */
  part: z.number().int(),
  lastPart: z.boolean(),
  gaps: z.array(tapeGap),
  warnings: z.array(z.string()),
});

/**
 * Who made a tape of what. It lies in the footer of the tape itself, so that one rename commits both: a tape and its
 * manifest cannot disagree, whatever was killed and however many importers run.
 */
export type TapeManifest = Readonly<z.infer<typeof tapeManifest>>;
export type TapeGap = Readonly<z.infer<typeof tapeGap>>;

/** What a tape is about. */
export type TapeKey = Readonly<Pick<TapeManifest, 'market' | 'type' | 'symbol' | 'interval' | 'period'>>;
