import type { Command } from 'commander';
import { AegisError, EXIT } from '../../model/errors.ts';
import type { Component, Session } from '../../model/session.ts';
import type { AegisClient } from '../aegis-client.ts';
import { type CliContext, present, withClient } from './context.ts';
import { readRunStatus } from './run-progress.ts';
import { count, plural, table } from './table.ts';

export interface ComponentHealth {
  readonly session: string;
  readonly component: string;
  readonly state: string;
  readonly connected: boolean;
  readonly restarts: number;
  /** Rows sent to it that it has not taken; undefined while no stream flows. */
  readonly lagRows?: number;
  readonly healthy: boolean;
}

export function registerHealth(program: Command, context: CliContext): void {
  program
    .command('health')
    .description('Every session and component at a glance; exit code 10 when one is not well')
    .action(() =>
      withClient(context, async (client) => {
        const sessions = await statesOf(client);
        const components = sessions.flatMap((session) => session.components.map((c) => healthOf(context, session, c)));
        const failed = sessions.filter((session) => session.state === 'FAILED').map((session) => session.name);
        const healthy = failed.length === 0 && components.every((component) => component.healthy);
        present(context, { healthy, failed, components }, () => [
          `${plural(sessions.length, 'session')}, ${plural(components.length, 'component')}: ${healthy ? 'all well' : 'NOT WELL'}`,
          ...failed.map((name) => `session ${name} is FAILED; aegisctl session inspect ${name}`),
          ...(components.length === 0
            ? []
            : table(['session', 'component', 'state', 'connected', 'restarts', 'lag (rows)'], components.map(cells))),
        ]);
        if (!healthy) process.exitCode = EXIT.failed;
      }),
    );
}

/** The list may lag behind: a session that was deleted a moment ago is left out. */
async function statesOf(client: AegisClient): Promise<Session[]> {
  const lines = await client.sessions();
  const states = await Promise.all(
    lines.map(async ({ name }) => {
      try {
        return await client.session(name).state();
      } catch (error) {
        if (AegisError.is(error) && error.code === 'SESSION_NOT_FOUND') return undefined;
        throw error;
      }
    }),
  );
  return states.filter((state) => state !== undefined);
}

function healthOf(context: CliContext, session: Session, component: Component): ComponentHealth {
  const flow = readRunStatus(context.home, session)?.components?.[component.id];
  const connected = component.connection !== undefined;
  const broken = component.state === 'ERROR' || (session.state === 'RUNNING' && component.wanted && !connected);
  return {
    session: session.name,
    component: component.name,
    state: component.state,
    connected,
    restarts: component.restarts,
    ...(flow === undefined ? {} : { lagRows: flow.lagRows }),
    healthy: !broken,
  };
}

function cells(health: ComponentHealth): (string | number)[] {
  const { session, component, state, connected, restarts, lagRows } = health;
  return [session, component, state, connected ? 'yes' : 'NO', restarts, lagRows === undefined ? '' : count(lagRows)];
}
