import type { Transition } from './event.ts';
import type { CommandName } from './session-state.ts';

/**
 * Checks the form of a command whose argument came from outside, e.g. from the Temporal UI. Hand-written because
 * workflows load no schema library: a malformed signal must be refused, not break the workflow.
 */
export function commandProblem(name: CommandName, argument: unknown): Extract<Transition, { ok: false }> | undefined {
  const text = problemOf(name, argument);
  if (text === undefined) return undefined;
  return { ok: false, code: 'INVALID_SPEC', message: `${name}: ${text}` };
}

function problemOf(name: CommandName, argument: unknown): string | undefined {
  switch (name) {
    case 'attach':
      return isRecord(argument) ? componentProblem(argument.component) : 'an object with "component" is needed';
    case 'detach':
      return isRecord(argument) && isText(argument.component) ? undefined : '"component" must be a name or an id';
    case 'configure':
      if (!isRecord(argument) || !isText(argument.component)) return '"component" must be a name or an id';
      return isRecord(argument.config) ? undefined : '"config" must be an object';
    default:
      return undefined;
  }
}

function componentProblem(component: unknown): string | undefined {
  if (!isRecord(component)) return '"component" must be an object';
  if (!isText(component.id)) return '"component.id" must be a text';
  if (!isText(component.name)) return '"component.name" must be a text';
  if (typeof component.required !== 'boolean') return '"component.required" must be true or false';
  if (!isRecord(component.config)) return '"component.config" must be an object';
  if (component.launch !== undefined && !isLaunch(component.launch)) {
    return '"component.launch" must have program, args, cwd and env, and may have names of secrets';
  }
  if (component.stop !== undefined && !isStop(component.stop)) return '"component.stop" must have order and timeoutMs';
  return isRestart(component.restart)
    ? undefined
    : '"component.restart" must have policy, limit, backoffMs and maxBackoffMs';
}

function isLaunch(launch: unknown): boolean {
  return (
    isRecord(launch) &&
    isText(launch.program) &&
    Array.isArray(launch.args) &&
    isText(launch.cwd) &&
    isRecord(launch.env) &&
    (launch.secrets === undefined || (Array.isArray(launch.secrets) && launch.secrets.every(isText)))
  );
}

function isRestart(restart: unknown): boolean {
  return (
    isRecord(restart) &&
    ['never', 'on-failure', 'always'].includes(String(restart.policy)) &&
    [restart.limit, restart.backoffMs, restart.maxBackoffMs].every((value) => typeof value === 'number')
  );
}

function isStop(stop: unknown): boolean {
  return isRecord(stop) && [stop.order, stop.timeoutMs].every((value) => typeof value === 'number');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
