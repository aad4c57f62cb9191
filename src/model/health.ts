import type { ComponentState } from './component-state.ts';
import type { CrashLoop } from './crash-loop.ts';
import type { HostHealth, ProcessSample } from './host-health.ts';
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

/** The figures alone. */
export type Measured = Omit<ComponentHealth, 'problems' | 'healthy'>;
