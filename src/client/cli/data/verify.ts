import type { Command } from 'commander';
import { AegisError, EXIT } from '../../../model/errors.ts';
import { homePaths } from '../../../model/paths.ts';
import type { TapeFinding } from '../../../tape/verify.ts';
import { type CliContext, present } from '../context.ts';
import { interruptible } from '../interrupt.ts';
import { duration, plural } from '../table.ts';
import { WorkProgress } from './work-progress.ts';

interface VerifyOptions {
  readonly updates?: readonly string[];
}

export function registerVerify(data: Command, context: CliContext): void {
  data
    .command('verify')
    .description('Read every tape and compare it with its manifest')
    .option('--updates <lists...>', "Binance's lists of replaced archives (CSV or zip): which tapes have an old source")
    .action(async ({ updates = [] }: VerifyOptions) => {
      // Loaded when it is needed: help and completion are to be quick.
      const { readReplacements } = await import('../../../market/binance/archive/replacements.ts');
      const { listTapes } = await import('../../../tape/catalog.ts');
      const { verifyTape } = await import('../../../tape/verify.ts');
      const replacements = (await Promise.all(updates.map(readReplacements))).flat();
      const { tapes } = homePaths(context.home);
      const entries = listTapes(tapes);
      const progress = new WorkProgress(context, 'verifying', 'rows');
      const findings: TapeFinding[] = [];
      let rows = 0;
      let done = 0;
      await interruptible(async (signal) => {
        for (const entry of entries) {
          if (signal.aborted) throw new AegisError('INTERRUPTED', 'the verification was interrupted');
          findings.push(...verifyTape(tapes, entry, replacements));
          rows += entry.found.state === 'good' ? entry.found.manifest.rows : 0;
          progress.show({ done: ++done, total: entries.length, amount: rows });
          // Lets an interrupt and the progress bar in between two tapes.
          await new Promise(setImmediate);
        }
      }).finally(() => progress.end());
      const elapsedMs = progress.elapsed;
      present(context, { tapes: entries.length, rows, findings, elapsedMs }, () => [
        `${plural(entries.length, 'tape')} verified in ${duration(elapsedMs)}, ${plural(findings.length, 'finding')}`,
        ...findings.map(findingLine),
      ]);
      if (findings.length > 0) process.exitCode = EXIT[findings.some(isDamage) ? 'dataInvalid' : 'conflict'];
    });
}

function isDamage({ kind }: TapeFinding): boolean {
  return kind === 'damaged';
}

function findingLine(finding: TapeFinding): string {
  if (finding.kind === 'damaged') return `damaged: ${finding.path}: ${finding.problem}`;
  return `replaced upstream: ${finding.path} is made of ${finding.source}, which Binance published again (SHA-256 ${finding.newSha256})`;
}
