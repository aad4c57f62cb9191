import type { Command } from 'commander';
import type { LogEntry } from '../../model/activities.ts';
import type { ComponentHealth } from '../../model/health.ts';
import { type RunStatus, runFolder } from '../../model/run-status.ts';
import type { Component, Session, SessionSpec } from '../../model/session.ts';
import { legalCommands } from '../../model/session-state.ts';
import type { SessionLine } from '../session-list.ts';
import { type CliContext, present, withClient } from './context.ts';
import { healthTable, problemLines } from './health-lines.ts';
import { healthReport } from './health-report.ts';
import { readRunStatus } from './run-progress.ts';
import { count, duration, table, time } from './table.ts';

export function registerInspect(session: Command, context: CliContext): void {
  session
    .command('list')
    .description('The sessions there are, newest first')
    .option('--all', 'also those that have been shut down', false)
    .action((options: { all: boolean }) =>
      withClient(context, async (client) => {
        const sessions = await client.sessions(options);
        present(context, { sessions }, () => listLines(sessions));
      }),
    );
  session
    .command('inspect <session>')
    .description('State, components, run and what is legal now')
    .action((name: string) =>
      withClient(context, async (client) => {
        const session = await client.session(name).state();
        const folder = runFolder(context.home, session.name, session.id, session.run);
        const status = readRunStatus(context.home, session);
        const legal = legalCommands(session.state, session.spec.mode);
        const ui = client.endpoints.temporal.ui;
        const { components: health } = await healthReport(context, client, [session]);
        present(context, { session, status, health, legal, folder, ui }, () => [
          ...sessionLines(session),
          ...healthOf(health),
          ...(session.run > 0 ? [`run folder  ${folder}`] : []),
          // Before the first row there is no time either.
          ...(status === undefined || status.ts === 0
            ? []
            : [`stream      ${rowsText(session.spec, status)}, at ${time(status.ts)} UTC`]),
          `legal now   ${legal.join(', ') || 'delete: the session has ended'}`,
          ...(ui === undefined
            ? []
            : [`Temporal UI ${ui}/namespaces/${client.endpoints.temporal.namespace}/workflows/session%2F${name}`]),
        ]);
      }),
    );
  session
    .command('events <session>')
    .description('What happened to the session, oldest first (the last 256)')
    .action((name: string) =>
      withClient(context, async (client) => {
        const events = await client.session(name).events();
        present(context, { events }, () => (events.length === 0 ? ['no events yet'] : events.map(eventLine)));
      }),
    );
}

export function eventLine({ at, run, event, component, state, text }: LogEntry): string {
  const what = component === undefined ? event : `${event} ${component}`;
  return `${new Date(at).toISOString()}  run ${run}  ${state.padEnd(12)}  ${what}${text === undefined ? '' : `: ${text}`}`;
}

function listLines(sessions: readonly SessionLine[]): string[] {
  if (sessions.length === 0) return ['no sessions; `aegisctl session create <name> --from <day> --to <day>` makes one'];
  return table(
    ['name', 'state', 'mode', 'market', 'components', 'created (UTC)'],
    sessions.map((line) => [line.name, line.state, line.mode, line.market, line.components, time(line.createdAt)]),
  );
}

function rowsText({ mode }: SessionSpec, { rows, totalRows }: RunStatus): string {
  return mode === 'realtime' ? `${count(rows)} rows` : `${count(rows)} of ${count(totalRows)} rows`;
}

function dataText(spec: SessionSpec): string {
  const where = `${spec.mode} ${spec.market}`;
  if (spec.mode === 'realtime') {
    const history = spec.from === undefined ? '' : `, with history from ${time(spec.from)} UTC`;
    return `${where}${history}${spec.endpoint === undefined ? '' : `, from ${spec.endpoint}`}${spec.record ? '' : ', not recorded'}`;
  }
  if (spec.recording !== undefined)
    return `${where}, recording of ${spec.recording.session}, run ${spec.recording.run}`;
  return `${where}, ${time(spec.from)} to ${time(spec.to)} UTC${spec.allowGaps ? ', gaps allowed' : ''}`;
}

function sessionLines(session: Session): string[] {
  const { name, id, state, paused, spec, run, failure, outcome, summary, components } = session;
  const lines = [
    `session     ${name} (${id})`,
    `state       ${state}${paused ? ' (paused)' : ''}, run ${run}${outcome === undefined ? '' : `, ${outcome}`}`,
    `data        ${dataText(spec)}`,
  ];
  if (failure !== undefined) lines.push(`failure     ${failure.code}: ${failure.message}`);
  if (summary !== undefined) lines.push(`last run    ${count(summary.rows)} rows in ${duration(summary.elapsedMs)}`);
  if (components.length === 0) return lines;
  const rows = components.map((component) => componentCells(component, session));
  return [
    ...lines,
    '',
    ...table(['component', 'state', 'process', 'restarts', 'topics', 'rows', 'stream hash'], rows),
    ...components.flatMap(({ name, launch }) => secretLine(name, launch?.secrets)),
    '',
  ];
}

function componentCells(component: Component, { summary }: Session): (string | number)[] {
  const got = summary?.components[component.id];
  const { name, state, launch, wanted, lastExit, restarts, topics } = component;
  const process = launch === undefined ? 'by hand' : wanted ? 'launched' : (lastExit?.reason ?? 'not launched');
  return [name, state, process, restarts, topics.length, got === undefined ? '' : count(got.rows), got?.hash ?? ''];
}

/** What is not well, and the figures while there is something to measure. */
function healthOf(components: readonly ComponentHealth[]): string[] {
  const measured = components.some(({ connected, process, flow }) => connected || (process ?? flow) !== undefined);
  return measured ? [...problemLines(components), ...healthTable(components), ''] : problemLines(components);
}

function secretLine(component: string, secrets: readonly string[] = []): string[] {
  return secrets.length === 0 ? [] : [`secrets of ${component}: ${secrets.join(', ')}`];
}
