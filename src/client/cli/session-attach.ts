import { type Command, InvalidArgumentError, Option } from 'commander';
import { AegisError, messageOf } from '../../model/errors.ts';
import type { ComponentSpec, RestartPolicy } from '../../model/session.ts';
import { type CliContext, present, withClient } from './context.ts';
import { launchOf, nameOf } from './program-path.ts';
import { looksSecret, readSecrets } from './secret-options.ts';
import { seconds } from './session-create.ts';

interface AttachOptions {
  readonly path: string[];
  readonly name?: string;
  readonly env: Record<string, string>;
  readonly secret: string[];
  readonly secretFile: string[];
  readonly config?: Record<string, unknown>;
  readonly optional: boolean;
  readonly restart: RestartPolicy['policy'];
  readonly restartLimit: number;
  readonly stopOrder: number;
  readonly stopTimeout: number;
  readonly byHand: boolean;
}

export function registerAttach(session: Command, context: CliContext): void {
  session
    .command('attach <session> [args...]')
    .description('Add component programs; what follows "--" is handed to them as arguments')
    .option('--path <program>', 'an executable; may be given several times', collect, [])
    .option('--name <name>', 'name of the component (default: its program)')
    .option('--env <K=V>', 'an environment variable; may be given several times', collectEnv, {})
    .option(
      '--secret <K[=V]>',
      'a variable that is kept encrypted: K of the environment, K=- of standard input',
      collect,
      [],
    )
    .option('--secret-file <K=path>', 'the same, with the value in a file', collect, [])
    .option('--config <json>', 'configuration object, delivered with CONFIGURE', parseConfig)
    .option('--optional', 'the session goes on without this component when it fails', false)
    .addOption(
      new Option('--restart <policy>', 'when its process ends')
        .choices(['never', 'on-failure', 'always'])
        .default('on-failure'),
    )
    .option('--restart-limit <n>', 'restarts within one run', parseCount, 5)
    .option('--stop-order <n>', 'at a shutdown smaller numbers stop first', parseOrder, 0)
    .option('--stop-timeout <seconds>', 'time to end by itself after SHUTDOWN', seconds, 2)
    .option('--by-hand', 'a component that you start yourself: prints the environment it needs', false)
    .action(async (name: string, args: string[], options: AttachOptions) => {
      checkOptions(options);
      const secrets = readSecrets(options);
      warnOfSecrets(context, options);
      // All are looked at before the first is attached: a mistake in the last leaves nothing half-done.
      const launches = options.byHand ? [undefined] : options.path.map((path) => launchOf(path, args, options.env));
      await withClient(context, async (client) => {
        const handle = client.session(name);
        const { state, components } = await handle.state();
        const taken = components.map((component) => component.name);
        const attached: ComponentSpec[] = [];
        for (const launch of launches) {
          const componentName = options.name ?? nameOf(launch ?? { program: 'by-hand', args: [] }, taken);
          taken.push(componentName);
          attached.push(
            await handle.attach(
              {
                name: componentName,
                ...(launch === undefined ? {} : { launch }),
                required: !options.optional,
                restart: { policy: options.restart, limit: options.restartLimit },
                stop: { order: options.stopOrder, timeoutMs: Math.round(options.stopTimeout * 1_000) },
                ...(options.config === undefined ? {} : { config: options.config }),
              },
              { secrets },
            ),
          );
        }
        present(context, { attached }, () => [
          ...attached.map((component) => `attached ${component.name} (${component.id})`),
          options.byHand
            ? `its environment: aegisctl session env ${name} ${attached[0]?.name}`
            : state === 'RUNNING'
              ? `it takes part once it is RUNNING: aegisctl session events ${name}`
              : `next: aegisctl session start ${name}`,
        ]);
      });
    });
}

function checkOptions({ path, byHand, name }: AttachOptions): void {
  if (byHand === path.length > 0) {
    throw new AegisError(
      'USAGE',
      'give the programs with --path, or --by-hand for a component that you start yourself',
    );
  }
  if (name !== undefined && path.length > 1) throw new AegisError('USAGE', '--name goes with one --path only');
}

/** Plain variables are in the session's history, and everybody who may see the Temporal UI can read them. */
function warnOfSecrets(context: CliContext, { env }: AttachOptions): void {
  for (const name of Object.keys(env).filter(looksSecret)) {
    context.err(`warning: --env ${name} looks like a secret, and its value will be in the session's history;`);
    context.err(`  next:  detach the component and give it with --secret ${name} instead`);
  }
}

function collect(value: string, values: string[]): string[] {
  return [...values, value];
}

export function collectEnv(text: string, values: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('write it as K=V');
  return { ...values, [text.slice(0, at)]: text.slice(at + 1) };
}

export function parseConfig(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
  throw new InvalidArgumentError('a JSON object is needed');
}

function parseOrder(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}
