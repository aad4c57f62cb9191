import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { commandProblem } from '../model/command-guard.ts';
import type { Command, Transition } from '../model/event.ts';
import { type ComponentReport, type ReportAnswer, reportedId } from '../model/report.ts';
import { findComponent, type Session } from '../model/session.ts';
import { COMMANDS } from '../model/session-state.ts';
import { transition } from '../model/transition.ts';
import { deliver, deliverable } from './deliver-config.ts';
import { Publisher } from './description.ts';
import { tellCancelling } from './host-sink.ts';
import { Joins } from './joins.ts';
import { briefActivities, Leases, reasonOf } from './leases.ts';
import { type Carried, Machine } from './machine.ts';
import {
  type CommandAnswer,
  type CommandArgument,
  commandSignals,
  commandUpdates,
  eventsQuery,
  noticeSignal,
  reportUpdate,
  stateQuery,
} from './messages.ts';
import { RunDriver } from './run-driver.ts';

export interface SessionInput extends Carried {
  /** Continue as new beyond this many events; default: when the server suggests it. */
  readonly historyLimit?: number;
  /** The run before was telling the orchestrator of a pause or its end when it was continued as this one. */
  readonly tellPause?: boolean;
}

/** One trading session from its creation to SHUTDOWN. All decisions are in `src/model`; this drives them. */
export async function session(input: SessionInput): Promise<Session> {
  const machine = new Machine(input);
  answerMessages(machine);
  const publisher = new Publisher();
  const leases = new Leases(machine);
  const pauses = new PauseTeller(machine, input.tellPause);
  const joins = new Joins(machine);
  let driver: RunDriver | undefined;
  let seen = -1;
  const continueNow = () =>
    longHistory(input) && !leases.busy && !joins.busy && (driver === undefined || driver.atRest);

  while (machine.session.state !== 'SHUTDOWN') {
    seen = machine.version;
    publisher.publish(machine.session);
    leases.reconcile();
    pauses.reconcile();
    joins.reconcile();
    driver = follow(machine, driver);
    await condition(() => machine.version !== seen || continueNow());
    if (machine.version !== seen) continue;
    await condition(allHandlersFinished);
    if (machine.version !== seen) continue;
    tellCancelling();
    await continueAsNew<typeof session>({ ...input, ...machine.carried(), tellPause: pauses.telling });
  }

  publisher.publish(machine.session);
  driver?.cancel();
  await driver?.done;
  await stopInOrder(machine, leases);
  const { host, id, name } = machine.session;
  await briefActivities(host, 'session').closeSession({ sessionId: id, session: name });
  leases.endDataStream();
  await condition(allHandlersFinished);
  return machine.session;
}

/** Each end of a process may be what the next ones in the stop order wait for. */
async function stopInOrder(machine: Machine, leases: Leases): Promise<void> {
  for (let seen = -1; !leases.idle; ) {
    leases.reconcile();
    seen = machine.version;
    await condition(() => leases.idle || machine.version !== seen);
  }
}

function answerMessages(machine: Machine): void {
  COMMANDS.forEach((name, index) => {
    const update = commandUpdates[index];
    const signal = commandSignals[index];
    if (update === undefined || signal === undefined) return;
    setHandler(update, (argument?: CommandArgument) => answered(machine, commandOf(name, argument)), {
      validator: (argument?: CommandArgument) => {
        const malformed = commandProblem(name, argument);
        if (malformed !== undefined) throw refusal(malformed);
        validateCommand(machine, commandOf(name, argument));
      },
    });
    setHandler(signal, (argument?: CommandArgument) => {
      const malformed = commandProblem(name, argument);
      if (malformed === undefined) signalled(machine, commandOf(name, argument));
      else machine.note(Date.now(), `${name}/refused`, malformed.message);
    });
  });
  setHandler(reportUpdate, (reports) => reports.map((report) => answerReport(machine, report)));
  setHandler(noticeSignal, (notice) => {
    const { components } = machine.session;
    const name = components.find((component) => component.id === notice?.componentId)?.name;
    machine.note(Date.now(), String(notice?.event), String(notice?.text), name);
  });
  setHandler(stateQuery, () => machine.session);
  setHandler(eventsQuery, () => machine.events());
}

/** Called only after {@link commandProblem} has found nothing. */
function commandOf(name: (typeof COMMANDS)[number], argument: CommandArgument | undefined): Command {
  return { ...argument, type: name } as Command;
}

function validateCommand(machine: Machine, command: Command): void {
  const updateId = currentUpdateInfo()?.id;
  if (updateId !== undefined && machine.wasHandled(updateId)) return;
  const result = transition(machine.session, command);
  if (!result.ok) throw refusal(result);
}

function answerCommand(machine: Machine, command: Command): CommandAnswer {
  const updateId = currentUpdateInfo()?.id;
  if (updateId === undefined || !machine.wasHandled(updateId)) {
    const result = machine.apply(command, Date.now());
    if (!result.ok) throw refusal(result);
    if (updateId !== undefined) machine.markHandled(updateId);
  }
  const { state, run, paused } = machine.session;
  return { state, run, paused };
}

/** A changed configuration is answered when the running component has: a refusal of it changes nothing. */
async function answered(machine: Machine, command: Command): Promise<CommandAnswer> {
  const before = command.type === 'configure' ? deliverable(machine, command.component) : undefined;
  const answer = answerCommand(machine, command);
  if (before === undefined) return answer;
  const delivery = await deliver(machine, before);
  if (delivery.answer !== 'refused') return { ...answer, delivery: delivery.answer };
  throw ApplicationFailure.nonRetryable(`component "${before.name}" refuses it: ${delivery.problem}`, 'CONFIG_REFUSED');
}

function signalled(machine: Machine, command: Command): void {
  const before = command.type === 'configure' ? deliverable(machine, command.component) : undefined;
  const applied = machine.apply(command, Date.now());
  if (before === undefined || !applied.ok) return;
  deliver(machine, before).catch((error: unknown) => {
    machine.note(Date.now(), 'configure/failed', reasonOf(error), before.name);
  });
}

function answerReport(machine: Machine, report: ComponentReport): ReportAnswer {
  const result = machine.apply(report, Date.now());
  if (!result.ok) return { ok: false, code: result.code, message: result.message };
  const id = reportedId(report);
  const component = findComponent(machine.session, id);
  return {
    ok: true,
    componentId: id,
    state: component?.state ?? 'SHUTDOWN',
    topics: component?.topics ?? [],
    config: component?.config ?? {},
  };
}

function refusal(result: Extract<Transition, { ok: false }>): ApplicationFailure {
  return ApplicationFailure.nonRetryable(result.message, result.code);
}

function follow(machine: Machine, driver: RunDriver | undefined): RunDriver | undefined {
  if (driver?.obsolete) driver.cancel();
  const { state, run } = machine.session;
  const underWay = state === 'INITIALIZING' || state === 'RUNNING';
  if (!underWay || driver?.run === run) return driver;
  return new RunDriver(machine, driver?.done ?? Promise.resolve());
}

/** Tells a running orchestrator when the session is paused or resumed. */
class PauseTeller {
  readonly #machine: Machine;
  #told: boolean;
  #underWay = 0;

  constructor(machine: Machine, again = false) {
    this.#machine = machine;
    this.#told = machine.session.paused !== again;
  }

  /** The orchestrator is being told: a continue-as-new may lose that, and the next run has to tell it again. */
  get telling(): boolean {
    return this.#underWay > 0;
  }

  reconcile(): void {
    const { id, name, run, state, paused, host } = this.#machine.session;
    if (paused === this.#told) return;
    this.#told = paused;
    if (state !== 'RUNNING') return;
    const told = briefActivities(host, paused ? 'pause' : 'resume').setPaused({
      sessionId: id,
      session: name,
      run,
      paused,
    });
    this.#underWay += 1;
    told
      .catch((error: unknown) => this.#machine.note(Date.now(), 'setPaused/failed', reasonOf(error)))
      .finally(() => {
        this.#underWay -= 1;
      });
  }
}

function longHistory({ historyLimit }: SessionInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || (historyLimit !== undefined && historyLength > historyLimit);
}
