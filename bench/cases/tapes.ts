import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { identifyArchive } from '../../src/market/binance/archive/archive-ref.ts';
import { generateSample } from '../../src/market/binance/sample/generate.ts';
import { importFile } from '../../src/tape/import-file.ts';
import { zipsBelow } from '../../test/market/reference-data.ts';
import { installPythonPeers } from '../peers/install.ts';
import { resultOf } from '../result.ts';
import { type Block, CaseSkipped } from '../suite/block.ts';

const NAME = 'tapes';
const READER = fileURLToPath(new URL('../programs/read_tapes.py', import.meta.url));
const SAMPLE = { symbols: ['BTCUSDT', 'ETHUSDT'], from: '2025-03-01', days: 2, tradesPerDay: 40_000 } as const;

interface ReadTapes {
  readonly tapes: number;
  readonly rows: number;
  readonly differences: readonly string[];
}

/** Tapes of every type open in pyarrow, polars and DuckDB, with equal values; those of the JSON, too. */
export const tapes: Block = {
  name: NAME,
  cases: [NAME],
  run: async ({ home, cache, tell }) => {
    try {
      const python = await installPythonPeers(cache, tell);
      const [visionDir, tapesDir] = [join(home, 'tapes-vision'), join(home, 'tapes')];
      await generateSample({ visionDir, market: 'spot', ...SAMPLE });
      await generateSample({ visionDir, market: 'um', ...SAMPLE, types: ['bookDepth', 'metrics'] });
      for (const file of zipsBelow(visionDir)) await importFile({ archive: identifyArchive(file), tapesDir });
      tell('reading tapes with pyarrow, polars and DuckDB …');
      const { stdout } = await promisify(execFile)(python, [READER, tapesDir], { maxBuffer: 1 << 26 });
      const read: ReadTapes = JSON.parse(stdout);
      await rm(tapesDir, { recursive: true, force: true });
      if (read.differences.length > 0 || read.tapes === 0) {
        return {
          results: [],
          skipped: [],
          failed: [{ name: NAME, reason: `values differ: ${read.differences.join(', ')}` }],
        };
      }
      const note = `with equal values in pyarrow, polars and DuckDB, and in the tape's own JSON; ${read.rows} rows of 5 types`;
      return { results: [resultOf(NAME, 'tapes', note, [read.tapes])], skipped: [], failed: [] };
    } catch (error) {
      if (!(error instanceof CaseSkipped)) throw error;
      return { results: [], skipped: [{ name: NAME, reason: error.message }], failed: [] };
    }
  },
};
