import type { Command } from 'commander';
import { componentEnvironment } from '../../model/component-environment.ts';
import { AegisError } from '../../model/errors.ts';
import { homePaths } from '../../model/paths.ts';
import { findByIdOrName } from '../../model/session.ts';
import { HostKey } from '../../servers/host-key.ts';
import { type CliContext, present, withClient } from './context.ts';

export function registerEnv(session: Command, context: CliContext): void {
  session
    .command('env <session> <component>')
    .description("The environment of a component that you start yourself (holds the session's secret token)")
    .action((name: string, wanted: string) =>
      withClient(context, async (client) => {
        const state = await client.session(name).state();
        const component = findByIdOrName(state, wanted);
        if (component === undefined) {
          throw new AegisError('COMPONENT_NOT_FOUND', `session "${name}" has no component "${wanted}"`);
        }
        const env = componentEnvironment({
          controlSocket: client.endpoints.controlSocket,
          token: HostKey.load(homePaths(context.home).hostKey).tokenFor({ session: name, sessionId: state.id }),
          componentId: component.id,
          componentName: component.name,
          session: name,
          mode: state.spec.mode,
        });
        present(context, { env }, () => Object.entries(env).map(([key, value]) => `export ${key}='${value}'`));
      }),
    );
}
