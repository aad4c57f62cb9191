import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { registerFetch } from './data/fetch.ts';
import { registerImport } from './data/import.ts';
import { registerList } from './data/list.ts';
import { registerRecordings } from './data/recordings.ts';
import { registerSample } from './data/sample.ts';
import { registerVerify } from './data/verify.ts';

/** `aegisctl data …`: market data on this machine. Works on files alone; no server is needed. */
export function registerDataCommands(program: Command, context: CliContext): void {
  const data = program.command('data').description('Fetch, import and look after recorded market data');
  registerFetch(data, context);
  registerImport(data, context);
  registerVerify(data, context);
  registerList(data, context);
  registerRecordings(data, context);
  registerSample(data, context);
}
