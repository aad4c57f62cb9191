import type { Answer, Question } from '../../gateway/control/connection-events.ts';
import { COMPONENT_MOVES, type ComponentState, canMove } from '../../model/component-state.ts';
import type { ComponentReport, ReportAnswer } from '../../model/report.ts';
import { topicsFromCapabilities } from '../../model/topic.ts';
import type { Given } from '../transcript.ts';

export const SESSION_NAME = 'check';

/** How REGISTER is answered: `unavailable` ends the connection without an answer, as an Aegis that is starting does. */
export type Admission = 'accept' | 'refuse' | 'unavailable';

export interface CheckSessionOptions {
  readonly given: Given;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dataSocket: string;
}

/** The session of one component, in memory: what a workflow decides in Aegis. */
export class CheckSession {
  admission: Admission = 'accept';
  topics: readonly string[] = [];
  readonly #options: CheckSessionOptions;
  #state: ComponentState = 'INIT';

  constructor(options: CheckSessionOptions) {
    this.#options = options;
  }

  answer(question: Question): Answer {
    switch (question.type) {
      case 'authenticate':
        return { type: 'authenticate', result: this.#authenticate(question.token) };
      case 'report':
        return { type: 'report', result: this.#report(question.report) };
      case 'dataSocket':
        return { type: 'dataSocket', path: this.#options.dataSocket };
      default:
        return question satisfies never;
    }
  }

  #authenticate(token: string) {
    if (this.admission === 'unavailable') return { ok: false, reason: 'unavailable' } as const;
    const { given } = this.#options;
    if (this.admission === 'refuse' || token !== given.token) return { ok: false, reason: 'unknown' } as const;
    return { ok: true, session: SESSION_NAME, sessionId: given.sessionId } as const;
  }

  #report(report: ComponentReport): ReportAnswer {
    switch (report.type) {
      case 'register':
        this.#state = 'REGISTERED';
        this.topics = topicsFromCapabilities(report.capabilities);
        break;
      case 'state':
        if (!canMove(this.#state, report.state)) {
          const legal = COMPONENT_MOVES[this.#state].join(', ') || 'none';
          const message = `${this.#state} to ${report.state} is not legal; legal now: ${legal}`;
          return { ok: false, code: 'ILLEGAL_TRANSITION', message };
        }
        this.#state = report.state;
        break;
      case 'runtimeError':
        if (!report.recoverable) this.#state = 'ERROR';
        break;
      case 'disconnected':
      case 'left':
        break;
      default:
        report satisfies never;
    }
    const { given, config } = this.#options;
    return { ok: true, componentId: given.assignedId, state: this.#state, topics: this.topics, config };
  }
}
