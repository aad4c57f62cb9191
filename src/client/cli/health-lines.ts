import type { ComponentHealth } from '../../model/health.ts';
import type { HealthReport } from './health-report.ts';
import { count, duration, plural, table } from './table.ts';

const HEADER = [
  'session',
  'component',
  'state',
  'heartbeat',
  'lag (rows)',
  'lag (time)',
  'data',
  'restarts',
  'memory',
  'cpu',
];

export function healthLines({ healthy, sessions, components, problems }: HealthReport): string[] {
  const what = `${plural(sessions.length, 'session')}, ${plural(components.length, 'component')}`;
  return [
    `${what}: ${healthy ? 'all well' : 'NOT WELL'}`,
    ...problems.flatMap((problem) => {
      const who = problem.session === undefined ? '' : `session ${problem.session} `;
      return [`${who}${problem.text}`, `  next: ${problem.remedy}`];
    }),
    ...problemLines(components),
    ...healthTable(components),
  ];
}

export function problemLines(components: readonly ComponentHealth[]): string[] {
  return components.flatMap(({ session, component, problems }) =>
    problems.flatMap(({ text, remedy }) => [`${session}/${component} ${text}`, `  next: ${remedy}`]),
  );
}

export function healthTable(components: readonly ComponentHealth[]): string[] {
  return components.length === 0 ? [] : table(HEADER, components.map(cells));
}

function cells(health: ComponentHealth): (string | number)[] {
  const { session, component, state, connected, heartbeatMs, restarts, flow, process } = health;
  return [
    session,
    component,
    state,
    heartbeatMs === undefined ? (connected ? 'not known' : 'NOT CONNECTED') : `${duration(heartbeatMs)} ago`,
    flow === undefined ? '' : count(flow.lagRows),
    flow === undefined ? '' : duration(flow.lagMs),
    flow === undefined ? '' : flow.connections,
    restarts,
    process === undefined ? '' : `${count(process.rssBytes / 1e6)} MB`,
    process?.cpu === undefined ? '' : `${count(process.cpu * 100)} %`,
  ];
}
