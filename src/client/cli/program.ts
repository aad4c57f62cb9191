import { Command } from 'commander';
import { packageVersion } from '../../servers/package-root.ts';
import { registerCompletion } from './completion.ts';
import { registerComponentCheck } from './component-check.ts';
import type { CliContext } from './context.ts';
import { registerDaemon } from './daemon.ts';
import { registerDataCommands } from './data.ts';
import { registerDoctor } from './doctor.ts';
import { registerExchange } from './exchange.ts';
import { registerHealth } from './health.ts';
import { registerAttach } from './session-attach.ts';
import { registerCommands } from './session-command.ts';
import { registerCreate } from './session-create.ts';
import { registerEnv } from './session-env.ts';
import { registerInspect } from './session-inspect.ts';
import { registerLogs } from './session-logs.ts';
import { registerRecord } from './session-record.ts';
import { registerRun } from './session-run.ts';
import { registerTail } from './session-tail.ts';

/** The command line `aegisctl`, whole. */
export function createProgram(context: CliContext): Command {
  const program = new Command('aegisctl')
    .description('Operates Aegis, a durable runtime for algorithmic trading')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--json', 'one JSON object on standard output')
    .helpCommand('help [command]', 'explain a command')
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        if (!context.json) context.err(text.trimEnd());
      },
      outputError: (text, write) => write(text.replace(/^error: /, 'error USAGE: ')),
    });
  registerDaemon(program, context);
  registerDoctor(program, context);
  registerHealth(program, context);
  const session = program.command('session').description('Create, run and inspect sessions');
  registerCreate(session, context);
  registerAttach(session, context);
  registerRun(session, context);
  registerRecord(session, context);
  registerCommands(session, context);
  registerInspect(session, context);
  registerLogs(session, context);
  registerTail(session, context);
  registerEnv(session, context);
  const component = program.command('component').description('Help for authors of components');
  registerComponentCheck(component, context);
  registerDataCommands(program, context);
  registerExchange(program, context);
  registerCompletion(program, context);
  inherit(program, 'aegisctl');
  return program;
}

/**
 * Every command takes --json wherever it stands, leaves the end of the process to the entry point, and tells at a mistake
 * how it is used.
 */
function inherit(command: Command, path: string): void {
  command.showHelpAfterError(`  usage: ${path} ${command.usage()}\n  next:  ${path} --help`);
  for (const child of command.commands) {
    child.exitOverride().copyInheritedSettings(command);
    if (!child.options.some((option) => option.long === '--json'))
      child.option('--json', 'one JSON object on standard output');
    inherit(child, `${path} ${child.name()}`);
  }
}
