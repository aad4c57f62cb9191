import type { LogEntry } from '../model/activities.ts';
import type { SessionEvent, Transition } from '../model/event.ts';
import { findComponent, type Session } from '../model/session.ts';
import { transition } from '../model/transition.ts';

/** Older entries are in the run's `events.ndjson` and in the workflow's history. */
const LOG_KEPT = 256;
const HANDLED_KEPT = 128;

/** What a session's workflow carries from one run of the workflow to the next. */
export interface Carried {
  readonly session: Session;
  readonly log: readonly LogEntry[];
  /** Ids of the last updates: one that the server delivers twice over a continue-as-new is applied once. */
  readonly handled: readonly string[];
}

/** The session's state with its record: applies events, counts changes, remembers what was handled. */
export class Machine {
  session: Session;
  /** Grows with every accepted event that changed something. */
  version = 0;
  #log: LogEntry[];
  #handled: string[];

  constructor(carried: Carried) {
    this.session = carried.session;
    this.#log = [...carried.log];
    this.#handled = [...carried.handled];
  }

  apply(event: SessionEvent, at: number): Transition {
    const result = transition(this.session, event);
    if (!result.ok) {
      this.#record(event, at, `${event.type}/refused`, result.message);
      return result;
    }
    if (result.session === this.session) return result;
    this.session = result.session;
    this.version += 1;
    this.#record(event, at, event.type, textOf(this.session, event));
    return result;
  }

  note(at: number, event: string, text: string, component?: string): void {
    this.#push({
      at,
      run: this.session.run,
      event,
      state: this.session.state,
      text,
      ...(component ? { component } : {}),
    });
  }

  wasHandled(updateId: string): boolean {
    return this.#handled.includes(updateId);
  }

  markHandled(updateId: string): void {
    this.#handled = [...this.#handled, updateId].slice(-HANDLED_KEPT);
  }

  events(): readonly LogEntry[] {
    return this.#log;
  }

  carried(): Carried {
    return { session: this.session, log: this.#log, handled: this.#handled };
  }

  #record(event: SessionEvent, at: number, name: string, text: string | undefined): void {
    const component = componentName(this.session, event);
    this.#push({
      at,
      run: this.session.run,
      event: name,
      state: this.session.state,
      ...(component === undefined ? {} : { component }),
      ...(text === undefined ? {} : { text }),
    });
  }

  #push(entry: LogEntry): void {
    this.#log.push(entry);
    if (this.#log.length > LOG_KEPT) this.#log.shift();
  }
}

function componentName(session: Session, event: SessionEvent): string | undefined {
  switch (event.type) {
    case 'attach':
      return event.component.name;
    case 'detach':
    case 'configure':
      return event.component;
    case 'register':
      return findComponent(session, event.componentId ?? event.freshId)?.name ?? event.name;
    case 'state':
    case 'runtimeError':
    case 'disconnected':
    case 'left':
    case 'exited':
    case 'replaced':
    case 'configRefused':
      return findComponent(session, event.componentId)?.name;
    default:
      return undefined;
  }
}

function textOf(session: Session, event: SessionEvent): string | undefined {
  switch (event.type) {
    case 'state':
      return event.message === undefined ? event.state : `${event.state}: ${event.message}`;
    case 'runtimeError':
      return `${event.code}: ${event.message}`;
    case 'exited':
      return event.exit.reason;
    case 'startRefused':
    case 'failed':
      return event.failure.message;
    case 'configRefused':
      return event.problem;
    case 'joined':
    case 'joinRefused':
      return textOfJoin(session, event);
    case 'streamEnded':
      return `${event.summary.rows} rows`;
    default:
      return undefined;
  }
}

function textOfJoin(session: Session, event: Extract<SessionEvent, { type: 'joined' | 'joinRefused' }>): string {
  const names = event.components.map((id) => findComponent(session, id)?.name ?? id).join(', ');
  if (event.type === 'joinRefused') return `${names}: ${event.failure.message}`;
  const { joined } = event;
  if (joined.state === 'over') return `${names}: from the next run on`;
  const topics = joined.topics.length > 0 ? `, new topics ${joined.topics.join(', ')}` : '';
  return `${names}: from row ${joined.seq} on${topics}`;
}
