import { type ComponentState, isLive } from './component-state.ts';
import { type CrashLoop, crashLoop } from './crash-loop.ts';
import { type ConnectionSample, connectionKey, type HostHealth, type ProcessSample } from './host-health.ts';
import type { ComponentFlow } from './run-status.ts';
import type { Component, Session } from './session.ts';

/** From where on something is not well. */
export interface HealthLimits {
  /** Longest silence of a running component, ms; default 10 s. PINGs are sent every 5 s. */
  readonly heartbeatMs: number;
  /** Memory of a component with what it has started; default: any. */
  readonly maxRssBytes?: number;
  /** Cores that it may keep busy; default: any. */
  readonly maxCpu?: number;
}

export const HEALTH_DEFAULTS: HealthLimits = { heartbeatMs: 10_000 };

export interface HealthProblem {
  readonly what:
    | 'error'
    | 'crash-loop'
    | 'stopped'
    | 'not-connected'
    | 'silent'
    | 'no-data-connection'
    | 'holds-clock'
    | 'memory'
    | 'cpu';
  readonly text: string;
  readonly remedy: string;
}

/** Everything that is known of one component now, and what is not well about it. */
export interface ComponentHealth {
  readonly session: string;
  readonly component: string;
  readonly componentId: string;
  readonly state: ComponentState;
  readonly connected: boolean;
  /** Since its last message, ms; missing when it is not connected or its host tells nothing. */
  readonly heartbeatMs?: number;
  readonly restarts: number;
  readonly crashLoop?: CrashLoop;
  /** Missing while no stream flows. */
  readonly flow?: ComponentFlow;
  /** Missing when it has no process that this host has launched. */
  readonly process?: ProcessSample;
  readonly problems: readonly HealthProblem[];
  readonly healthy: boolean;
}

export interface HealthFacts {
  readonly session: Session;
  readonly component: Component;
  /** Of the host, when it is this one and its aegisd runs. */
  readonly host?: HostHealth;
  /** How the data stream server last saw it. */
  readonly flow?: ComponentFlow;
  /** Unix ms. */
  readonly now: number;
}

type Measured = Omit<ComponentHealth, 'problems' | 'healthy'>;
type Judge = (facts: HealthFacts, measured: Measured, limits: HealthLimits) => HealthProblem | undefined;

export function componentHealth(facts: HealthFacts, limits: HealthLimits = HEALTH_DEFAULTS): ComponentHealth {
  const { session, component, host, now } = facts;
  const sample = host?.connections[connectionKey(session.id, component.id)];
  const process = host?.processes[component.id];
  const loop = crashLoop(component, now);
  const flow = session.state === 'RUNNING' ? facts.flow : undefined;
  const measured: Measured = {
    session: session.name,
    component: component.name,
    componentId: component.id,
    state: component.state,
    connected: component.connection !== undefined,
    ...(sample === undefined ? {} : { heartbeatMs: silence(sample, now) }),
    restarts: component.restarts,
    ...(loop === undefined ? {} : { crashLoop: loop }),
    ...(flow === undefined ? {} : { flow }),
    ...(process === undefined ? {} : { process }),
  };
  const problems = JUDGES.map((judge) => judge(facts, measured, limits)).filter((each) => each !== undefined);
  return { ...measured, problems, healthy: problems.length === 0 };
}

function silence({ lastMessageAt }: ConnectionSample, now: number): number {
  return Math.max(0, now - lastMessageAt);
}

/** Each looks at one thing; the gravest stand first. */
const JUDGES: readonly Judge[] = [
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
    text: `is in a crash loop: it failed ${loop.failures} times in ${seconds(loop.withinMs)}`,
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
    text: `has sent nothing for ${seconds(heartbeatMs)}`,
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
    text: `takes no rows and holds the clock: ${flow.lagRows} rows behind, ${seconds(flow.lagMs)} of market time`,
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

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function percent(cores: number): string {
  return `${Math.round(cores * 100)} %`;
}
