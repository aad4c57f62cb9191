import { ApplicationFailure, CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { SessionActivities } from '../model/activities.ts';
import { isLive } from '../model/component-state.ts';
import { type ErrorCode, isErrorCode } from '../model/errors.ts';
import { allReached, awaited, hasReached } from '../model/progress.ts';
import { type Failure, sessionTopics } from '../model/session.ts';
import { isStarting } from '../model/session-state.ts';
import { tellCancelling } from './host-sink.ts';
import { briefActivities, leaseActivities, reasonOf } from './leases.ts';
import type { Machine } from './machine.ts';

/** Codes with which the data or the topics refuse a start: the session goes back and may be started again. */
const REFUSALS: readonly ErrorCode[] = [
  'DATA_MISSING',
  'DATA_NOT_FOUND',
  'START_REFUSED',
  'TOPIC_NOT_AVAILABLE',
  'CHECKSUM_MISMATCH',
  'ARCHIVE_DAMAGED',
  'ROW_INVALID',
  'TAPE_DAMAGED',
  'SOURCE_CONFLICT',
];

/** Takes one run from its start to its end: waits for components, prepares data, lets the stream flow. */
export class RunDriver {
  readonly run: number;
  /** A continue-as-new loses nothing now: the stream flows, or everything is done and recorded. */
  atRest = false;
  readonly #machine: Machine;
  #flowed = false;
  readonly #scope = new CancellationScope();
  readonly done: Promise<void>;

  constructor(machine: Machine, after: Promise<void>) {
    const { run, state } = machine.session;
    this.#machine = machine;
    this.run = run;
    const steps = state === 'RUNNING' ? () => this.#stream() : () => this.#start();
    // Streams of two runs never overlap: the next begins when the one before it has ended.
    this.done = after.then(() => this.#drive(steps));
  }

  /** The session has left this run: stopped, restarted, failed or shut down. */
  get obsolete(): boolean {
    const { run, state } = this.#machine.session;
    return run !== this.run || !(isStarting(state) || state === 'RUNNING');
  }

  cancel(): void {
    tellCancelling();
    this.#scope.cancel();
  }

  async #drive(steps: () => Promise<void>): Promise<void> {
    try {
      await this.#scope.run(steps);
    } catch (error) {
      if (!isCancellation(error)) this.#fail(failureOf(error));
      else if (this.#flowed && this.#machine.session.spec.mode === 'realtime') await this.#finish();
    }
    this.atRest = false;
    await this.#record();
    this.atRest = true;
  }

  async #start(): Promise<void> {
    const machine = this.#machine;
    const living = machine.session.components.filter((c) => isLive(c.state)).map((c) => c.id);
    if (!(await this.#reached('READY'))) return;
    const { spec } = machine.session;
    await this.#lease().prepareRun({ ...this.#ref(), spec, topics: sessionTopics(machine.session) });
    if (!(await this.#reached('RUNNING'))) return;
    if (this.run > 1 && living.length > 0) await this.#rebirth(living);
    if (!(await this.#reached('RUNNING'))) return;
    const started = machine.apply({ type: 'streamStarted', run: this.run }, Date.now());
    if (started.ok) await this.#stream();
  }

  async #stream(): Promise<void> {
    this.atRest = true;
    this.#flowed = true;
    const summary = await this.#lease().runStream(this.#ref());
    this.#machine.apply({ type: 'streamEnded', run: this.run, summary }, Date.now());
  }

  /** A live stream has no end of its own: it ends where it was stopped. */
  async #finish(): Promise<void> {
    this.atRest = false;
    try {
      const summary = await this.#lease().finishRun(this.#ref());
      if (summary) this.#machine.apply({ type: 'streamEnded', run: this.run, summary }, Date.now());
    } catch (error) {
      this.#machine.note(Date.now(), 'finishRun/failed', reasonOf(error));
    }
  }

  /** Components that ran before begin anew. One that does not obey REBORN is started anew as a process. */
  async #rebirth(components: readonly string[]): Promise<void> {
    const machine = this.#machine;
    const still = components.filter((id) => machine.session.components.some((c) => c.id === id && isLive(c.state)));
    const { disobeyed } = await this.#brief().rebirth({ ...this.#ref(), components: still });
    for (const componentId of disobeyed) {
      const component = machine.session.components.find((c) => c.id === componentId);
      if (component?.launch !== undefined) machine.apply({ type: 'replaced', componentId }, Date.now());
      else machine.note(Date.now(), 'reborn/unanswered', 'started by hand: it goes on as it is', component?.name);
    }
  }

  /** False when the start was cut short; a component that takes too long fails the session. */
  async #reached(state: 'READY' | 'RUNNING'): Promise<boolean> {
    const machine = this.#machine;
    const { startTimeoutMs } = machine.session.spec;
    const settled = () => this.obsolete || allReached(machine.session, state);
    if (await condition(settled, startTimeoutMs)) return !this.obsolete;
    const late = awaited(machine.session).filter((c) => !hasReached(c, state));
    const names = late.map((c) => `"${c.name}" (${c.state})`).join(', ');
    this.#fail({ code: 'TIMEOUT', message: `not ${state} within ${startTimeoutMs / 1000} s: ${names}` });
    return false;
  }

  #fail(failure: Failure): void {
    const type = REFUSALS.includes(failure.code) ? 'startRefused' : 'failed';
    this.#machine.apply({ type, run: this.run, failure }, Date.now());
  }

  async #record(): Promise<void> {
    const { session } = this.#machine;
    const events = this.#machine.events().filter((entry) => entry.run === this.run);
    const { summary } = session;
    const outcome =
      session.run === this.run ? (session.outcome ?? session.failure?.code ?? session.state) : 'restarted';
    const input = { ...this.#ref(), outcome, events, ...(summary === undefined ? {} : { summary }) };
    await this.#brief()
      .recordRun(input)
      .catch((error: unknown) => {
        this.#machine.note(Date.now(), 'recordRun/failed', reasonOf(error));
      });
  }

  #lease(): SessionActivities {
    return leaseActivities(this.#machine.session.host, `run ${this.run}`);
  }

  #brief(): SessionActivities {
    return briefActivities(this.#machine.session.host, `run ${this.run}`);
  }

  #ref() {
    const { id, name } = this.#machine.session;
    return { sessionId: id, session: name, run: this.run };
  }
}

export function failureOf(error: unknown): Failure {
  let current = error;
  while (current instanceof Error) {
    if (current instanceof ApplicationFailure && current.type && isErrorCode(current.type)) {
      const [details, remedy] = current.details ?? [];
      return {
        code: current.type,
        message: current.message,
        ...(typeof remedy === 'string' ? { remedy } : {}),
        ...(typeof details === 'object' && details !== null ? { details: { ...details } } : {}),
      };
    }
    current = current.cause;
  }
  return { code: 'STREAM_FAILED', message: reasonOf(error) };
}
