import type { Command } from 'commander';
import { EXIT } from '../../model/errors.ts';
import { type CliContext, present } from './context.ts';
import { hostFindings } from './doctor-host.ts';
import { rightsFindings } from './doctor-rights.ts';
import { runningFindings } from './doctor-running.ts';
import { serverFindings } from './doctor-servers.ts';
import type { Finding } from './finding.ts';
import { plural } from './table.ts';

export function registerDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('Check this machine and what runs on it; every finding says what to do')
    .action(async () => {
      const findings = [
        ...(await hostFindings(context.home)),
        ...(await rightsFindings(context.home)),
        ...(await serverFindings()),
        ...(await runningFindings(context)),
      ];
      const problems = findings.filter((finding) => finding.level === 'problem').length;
      present(context, { healthy: problems === 0, findings }, () => [
        ...findings.flatMap(findingLines),
        problems === 0 ? 'no problem found' : `${plural(problems, 'problem')} found`,
      ]);
      if (problems > 0) process.exitCode = EXIT.dependencyDown;
    });
}

function findingLines({ check, level, text, remedy }: Finding): string[] {
  const mark = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' }[level];
  return [`${mark}  ${check}: ${text}`, ...(remedy === undefined ? [] : [`         next: ${remedy}`])];
}
