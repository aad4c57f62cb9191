import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CheckReport } from '../../conformance/report.ts';
import { isScenarioId, SCENARIO_IDS, type ScenarioId } from '../../conformance/scenario-ids.ts';
import type { Dialect } from '../../conformance/transcript.ts';
import { AegisError } from '../../model/errors.ts';
import type { Mode } from '../../model/market.ts';
import { checkLines } from './component-check-lines.ts';
import { CheckProgress } from './component-check-progress.ts';
import { type CliContext, present } from './context.ts';
import { interruptible } from './interrupt.ts';
import { launchOf } from './program-path.ts';
import { collectEnv, parseConfig } from './session-attach.ts';

interface CheckCommandOptions {
  readonly env: Record<string, string>;
  readonly config?: Record<string, unknown>;
  readonly mode: Mode;
  readonly dialect?: Dialect;
  readonly only?: readonly ScenarioId[];
  readonly timeout: number;
  readonly verbose: boolean;
}

const DEFAULT_TIMEOUT_S = 30;

export function registerComponentCheck(component: Command, context: CliContext): void {
  component
    .command('check <program> [args...]')
    .description('Take a component program through the whole protocol and tell which rules it keeps and breaks')
    .option('--env <K=V>', 'an environment variable; may be given several times', collectEnv, {})
    .option('--config <json>', 'configuration object, delivered with CONFIGURE', parseConfig)
    .addOption(
      new Option('--mode <mode>', 'mode of the session').choices(['historical', 'realtime']).default('historical'),
    )
    .addOption(new Option('--dialect <dialect>', 'demand a dialect of the control socket').choices(['json', 'binary']))
    .addOption(
      new Option(
        '--only <scenario>',
        `play only this; may be given several times: ${SCENARIO_IDS.join(', ')}`,
      ).argParser(collectScenario),
    )
    .option('--timeout <seconds>', 'longest wait for anything', parseSeconds, DEFAULT_TIMEOUT_S)
    .option('--verbose', 'print all messages of all scenarios', false)
    .action(async (program: string, args: string[], options: CheckCommandOptions) => {
      const launch = launchOf(program, args, options.env);
      const begin = Date.now();
      const report = await check(context, { launch, options });
      const command = [program, ...args].join(' ');
      const elapsedMs = Date.now() - begin;
      const error = report.conforms ? undefined : notConforming(report, command);
      present(
        context,
        { command, elapsedMs, ...report, ...(error === undefined ? {} : { error: error.toJSON() }) },
        () => checkLines(report, { command, elapsedMs, verbose: options.verbose }),
      );
      if (error === undefined) return;
      // With --json the one object has told everything.
      if (!context.json) throw error;
      process.exitCode = error.exitCode;
    });
}

async function check(
  context: CliContext,
  input: { readonly launch: ReturnType<typeof launchOf>; readonly options: CheckCommandOptions },
): Promise<CheckReport> {
  const { config, dialect, only, mode, timeout } = input.options;
  // Loaded when it is needed: help and completion are to be quick.
  const [{ checkComponent }, { reportOf }] = await Promise.all([
    import('../../conformance/check-component.ts'),
    import('../../conformance/report.ts'),
  ]);
  const progress = new CheckProgress(context);
  try {
    return await interruptible(async (signal) => {
      const result = await checkComponent({
        launch: input.launch,
        mode,
        patienceMs: timeout * 1_000,
        signal,
        onScenario: (event) => progress.show(event),
        ...(config === undefined ? {} : { config }),
        ...(dialect === undefined ? {} : { dialect }),
        ...(only === undefined ? {} : { only }),
      }).catch((error: unknown) => {
        throw signal.aborted ? new AegisError('INTERRUPTED', 'the check was interrupted') : error;
      });
      return reportOf(result);
    });
  } finally {
    progress.end();
  }
}

function notConforming({ rules }: CheckReport, command: string): AegisError {
  const broken = rules.filter(({ level, verdict }) => level === 'MUST' && verdict === 'broken').map(({ id }) => id);
  const what = broken.length === 1 ? 'a rule that it must keep' : `${broken.length} rules that it must keep`;
  return new AegisError('COMPONENT_NOT_CONFORMING', `the component breaks ${what}`, {
    where: command,
    details: { broken },
  });
}

function collectScenario(text: string, previous: readonly ScenarioId[] | undefined): readonly ScenarioId[] {
  if (!isScenarioId(text)) throw new InvalidArgumentError(`Scenarios are ${SCENARIO_IDS.join(', ')}.`);
  return [...(previous ?? []), text];
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 600)) throw new InvalidArgumentError('a number of seconds from 1 to 600 is needed');
  return seconds;
}
