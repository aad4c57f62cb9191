import type { Command } from 'commander';
import { type CliContext, present } from '../context.ts';
import { count, table, time } from '../table.ts';

export function registerRecordings(data: Command, context: CliContext): void {
  data
    .command('recordings')
    .description('List what realtime sessions have recorded')
    .action(async () => {
      const { findRecordings } = await import('../../recordings.ts');
      const found = findRecordings(context.home);
      present(context, { recordings: found }, () => {
        if (found.length === 0) return ['no recordings; a realtime session makes one'];
        const rows = found.map(({ recording: { session, run, market, state, rows, topics, gaps } }) => [
          `${session}/${run}`,
          market,
          state,
          topics.length,
          count(rows),
          gaps.length,
          topics.length === 0 ? '' : time(Math.min(...topics.map(({ firstTs }) => firstTs))),
          topics.length === 0 ? '' : time(Math.max(...topics.map(({ lastTs }) => lastTs))),
        ]);
        return [
          ...table(['recording', 'market', 'state', 'topics', 'rows', 'gaps', 'from (UTC)', 'to (UTC)'], rows),
          'next: aegisctl session create <name> --replay <recording>',
        ];
      });
    });
}
