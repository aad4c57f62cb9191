import { isLive } from './component-state.ts';
import type { HealthFacts, HealthLimits, HealthProblem, Measured } from './health.ts';
import type { Component, Session } from './session.ts';
import { count, duration } from './text.ts';

type Judge = (facts: HealthFacts, measured: Measured, limits: HealthLimits) => HealthProblem | undefined;

/** Each looks at one thing; the gravest stand first. */
export const JUDGES: readonly Judge[] = [
  error,
  crashing,
  stopped,
  notConnected,
  silent,
  noDataConnection,
  holdsClock,
  memory,
  cpu,
];

function error({ component, session }: HealthFacts): HealthProblem | undefined {
  if (component.state !== 'ERROR') return undefined;
  const { lastError, lastExit } = component;
  const why = lastError?.message ?? lastExit?.reason;
  return {
    what: 'error',
    text: why === undefined ? 'is in ERROR' : `is in ERROR: ${why}`,
    remedy: `\`${logs(session, component)}\` shows why; \`aegisctl session restart ${session.name}\` starts it again.`,
  };
}

function crashing({ session, component }: HealthFacts, { crashLoop: loop }: Measured): HealthProblem | undefined {
  if (loop === undefined) return undefined;
  return {
    what: 'crash-loop',
    text: `is in a crash loop: it failed ${loop.failures} times in ${duration(loop.withinMs)}`,
    remedy: `Another start does not mend it: \`${logs(session, component)}\` shows why it ends.`,
  };
}

function stopped(_facts: HealthFacts, { process }: Measured): HealthProblem | undefined {
  if (process?.stopped !== true) return undefined;
  const text = `its process is stopped by a signal (group ${process.pid})`;
  return { what: 'stopped', text, remedy: `\`kill -CONT -- -${process.pid}\` lets it go on.` };
}

function notConnected({ session, component }: HealthFacts, { connected }: Measured): HealthProblem | undefined {
  const due = session.state === 'RUNNING' && (component.wanted || isLive(component.state));
  if (!due || connected) return undefined;
  const exit = component.lastExit === undefined ? '' : `; its process last ended with ${component.lastExit.reason}`;
  return {
    what: 'not-connected',
    text: `has no control connection${exit}`,
    remedy: `\`${logs(session, component)}\` shows what it does.`,
  };
}

function silent(
  { session, component }: HealthFacts,
  { state, heartbeatMs }: Measured,
  limits: HealthLimits,
): HealthProblem | undefined {
  // Before RUNNING nobody is asked for a sign of life.
  if (heartbeatMs === undefined || heartbeatMs <= limits.heartbeatMs || !isLive(state)) return undefined;
  return {
    what: 'silent',
    text: `has sent nothing for ${duration(heartbeatMs)}`,
    remedy: `It hangs, or its machine is overloaded; \`${logs(session, component)}\` shows what it did last.`,
  };
}

function noDataConnection({ session, component }: HealthFacts, { flow }: Measured): HealthProblem | undefined {
  if (flow === undefined || flow.connections > 0 || !isLive(component.state) || component.joining) return undefined;
  if (component.topics.length === 0) return undefined;
  return {
    what: 'no-data-connection',
    text: 'is running without a data connection',
    remedy: `It gets no rows; \`${logs(session, component)}\` shows whether it tries to connect.`,
  };
}

function holdsClock({ session, component }: HealthFacts, { flow }: Measured): HealthProblem | undefined {
  if (flow?.holdsClock !== true) return undefined;
  return {
    what: 'holds-clock',
    text: `takes no rows and holds the clock: ${count(flow.lagRows)} rows behind, ${duration(flow.lagMs)} of market time`,
    remedy: `Everybody waits for it. \`${logs(session, component)}\` shows what it does; \`aegisctl session stop ${session.name}\` ends the run.`,
  };
}

function memory(_facts: HealthFacts, { process }: Measured, { maxRssBytes }: HealthLimits): HealthProblem | undefined {
  if (process === undefined || maxRssBytes === undefined || process.rssBytes <= maxRssBytes) return undefined;
  return {
    what: 'memory',
    text: `holds ${megabytes(process.rssBytes)} of memory, more than ${megabytes(maxRssBytes)}`,
    remedy: 'Let it keep less, or allow it more with --max-rss.',
  };
}

function cpu(_facts: HealthFacts, { process }: Measured, { maxCpu }: HealthLimits): HealthProblem | undefined {
  if (process?.cpu === undefined || maxCpu === undefined || process.cpu <= maxCpu) return undefined;
  return {
    what: 'cpu',
    text: `keeps ${percent(process.cpu)} of a core busy, more than ${percent(maxCpu)}`,
    remedy: 'Let it do less, or allow it more with --max-cpu.',
  };
}

function logs({ name }: Session, component: Component): string {
  return `aegisctl session logs ${name} ${component.name}`;
}

function megabytes(bytes: number): string {
  return `${count(bytes / 1e6)} MB`;
}

function percent(cores: number): string {
  return `${Math.round(cores * 100)} %`;
}
