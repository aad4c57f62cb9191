import { messageOf } from '../../src/model/errors.ts';
import type { BenchResult } from '../result.ts';
import type { BenchContext, Block, Skipped } from '../suite/block.ts';

/** Measures one case; `folder` is its own. */
export type Measure = (context: BenchContext, folder: string) => Promise<readonly BenchResult[]>;

/** A block of cases that measure by themselves, one after another: there is no peer to alternate with. */
export function plainBlock(name: string, measures: Readonly<Record<string, Measure>>): Block {
  return {
    name,
    cases: Object.keys(measures),
    run: async (context, wanted) => {
      const results: BenchResult[] = [];
      const failed: Skipped[] = [];
      for (const [each, measure] of Object.entries(measures)) {
        if (!wanted.has(each)) continue;
        context.tell(`${each} …`);
        try {
          results.push(...(await measure(context, `${context.home}/${each}`)));
        } catch (error) {
          failed.push({ name: each, reason: messageOf(error) });
          context.tell(`${each} failed: ${messageOf(error)}`);
        }
      }
      return { results, skipped: [], failed };
    },
  };
}
