import type { Authentication, SessionPort } from '../../src/gateway/control/session-port.ts';
import { COMPONENT_MOVES, type ComponentState, canMove } from '../../src/model/component-state.ts';
import type { ComponentReport, ReportAnswer } from '../../src/model/report.ts';
import { topicsFromCapabilities } from '../../src/model/topic.ts';

export interface MemoryComponent {
  state: ComponentState;
  topics: readonly string[];
  connection: string | undefined;
  shutDown: boolean;
}

/** Sessions in memory, with the table of component states. Tests hold it back, break it and look into it. */
export class MemoryPort implements SessionPort {
  readonly components = new Map<string, MemoryComponent>();
  readonly reports: ComponentReport[] = [];
  readonly batches: number[] = [];
  readonly config: Record<string, unknown> = { threshold: 0.5 };
  authentication: Authentication | undefined;
  /** The answer to every REGISTER. */
  refusal: Extract<ReportAnswer, { ok: false }> | undefined;
  dataSocketPath: string | undefined;
  /** Awaited before each answer: a gate for tests. */
  beforeReport: (session: string) => Promise<void> = async () => {};
  beforeDataSocket: () => Promise<void> = async () => {};

  async authenticate(token: string): Promise<Authentication> {
    if (this.authentication !== undefined) return this.authentication;
    const name = /^token-(\w+)$/.exec(token)?.[1];
    return name === undefined
      ? { ok: false, reason: 'unknown' }
      : { ok: true, session: name, sessionId: `sess-${name}` };
  }

  async report(session: string, reports: readonly ComponentReport[]): Promise<readonly ReportAnswer[]> {
    await this.beforeReport(session);
    this.batches.push(reports.length);
    return reports.map((report) => this.#apply(session, report));
  }

  async dataSocket(sessionId: string): Promise<string> {
    await this.beforeDataSocket();
    return this.dataSocketPath ?? `/run/aegis/data-${sessionId}.sock`;
  }

  reported(type: ComponentReport['type']): readonly ComponentReport[] {
    return this.reports.filter((report) => report.type === type);
  }

  #apply(session: string, report: ComponentReport): ReportAnswer {
    this.reports.push(report);
    if (report.type === 'register') return this.#register(session, report);
    const key = `${session}/${report.componentId}`;
    const component = this.components.get(key);
    if (component === undefined) return { ok: false, code: 'COMPONENT_NOT_FOUND', message: `no component ${key}` };
    if (report.type === 'state') {
      if (!canMove(component.state, report.state)) {
        const message = `${component.state}: legal now: ${COMPONENT_MOVES[component.state].join(', ')}`;
        return { ok: false, code: 'ILLEGAL_TRANSITION', message };
      }
      component.state = report.state;
    }
    if (report.type === 'runtimeError' && !report.recoverable) component.state = 'ERROR';
    if (report.type === 'disconnected' && component.connection === report.connection) component.connection = undefined;
    if (report.type === 'left') this.components.delete(key);
    return this.#answer(report.componentId, component);
  }

  #register(session: string, report: Extract<ComponentReport, { type: 'register' }>): ReportAnswer {
    if (this.refusal !== undefined) return this.refusal;
    const componentId = report.componentId ?? report.freshId;
    const key = `${session}/${componentId}`;
    if (this.components.get(key)?.shutDown) {
      return { ok: false, code: 'COMPONENT_NOT_FOUND', message: 'the component was shut down' };
    }
    const component: MemoryComponent = {
      state: 'REGISTERED',
      topics: topicsFromCapabilities(report.capabilities),
      connection: report.connection,
      shutDown: false,
    };
    this.components.set(key, component);
    return this.#answer(componentId, component);
  }

  #answer(componentId: string, { state, topics }: MemoryComponent): ReportAnswer {
    return { ok: true, componentId, state, topics, config: this.config };
  }
}
