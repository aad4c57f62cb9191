import { readFile } from 'node:fs/promises';
import { componentHealth } from '../../model/component-health.ts';
import { AegisError } from '../../model/errors.ts';
import type { ComponentHealth, HealthLimits } from '../../model/health.ts';
import type { HostHealth } from '../../model/host-health.ts';
import { homePaths } from '../../model/paths.ts';
import type { Session } from '../../model/session.ts';
import type { AegisClient } from '../aegis-client.ts';
import type { CliContext } from './context.ts';
import { readRunStatus } from './run-progress.ts';

/** aegisd measures about once a second: older figures mean that it hangs. */
const OLD_MS = 10_000;

/** What is not well with a session as a whole or, without one, with the host. */
export interface WideProblem {
  readonly session?: string;
  readonly text: string;
  readonly remedy: string;
}

export interface HealthReport {
  readonly healthy: boolean;
  readonly sessions: readonly Session[];
  readonly components: readonly ComponentHealth[];
  readonly problems: readonly WideProblem[];
}

/** What is known of the components of some sessions, and what is not well. */
export async function healthReport(
  context: CliContext,
  client: AegisClient,
  sessions: readonly Session[],
  limits?: HealthLimits,
): Promise<HealthReport> {
  const measured = await readHostHealth(context.home);
  const wide = hostProblems(measured);
  // Old figures would tell of silence that nobody has listened to.
  const fresh = wide.length === 0 ? measured : undefined;
  const components = sessions.flatMap((session) => {
    const own = session.host === client.endpoints.host;
    const flows = own ? readRunStatus(context.home, session)?.components : undefined;
    return session.components.map((component) => {
      const flow = flows?.[component.id];
      const host = own ? fresh : undefined;
      const known = { ...(host === undefined ? {} : { host }), ...(flow === undefined ? {} : { flow }) };
      return componentHealth({ session, component, now: Date.now(), ...known }, limits);
    });
  });
  const problems = [...wide, ...sessions.flatMap(sessionProblems)];
  const healthy = problems.length === 0 && components.every((component) => component.healthy);
  return { healthy, sessions, components, problems };
}

/** Names of the sessions of this host: what others do is measured there. */
export async function sessionsHere(client: AegisClient): Promise<string[]> {
  const lines = await client.sessions();
  // A session that was made a moment ago has not told its host yet.
  return lines.filter(({ host }) => host === '' || host === client.endpoints.host).map(({ name }) => name);
}

/** The list may lag behind: a session that was deleted a moment ago is left out. */
export async function statesOf(client: AegisClient): Promise<Session[]> {
  const names = await sessionsHere(client);
  const states = await Promise.all(
    names.map(async (name) => {
      try {
        return await client.session(name).state();
      } catch (error) {
        if (AegisError.is(error) && error.code === 'SESSION_NOT_FOUND') return undefined;
        throw error;
      }
    }),
  );
  return states.filter((state) => state !== undefined);
}

/** Undefined when aegisd has not measured anything. */
export async function readHostHealth(home: string): Promise<HostHealth | undefined> {
  try {
    return JSON.parse(await readFile(homePaths(home).health, 'utf8'));
  } catch {
    return undefined;
  }
}

export function hostProblems(measured: HostHealth | undefined, now = Date.now()): WideProblem[] {
  const remedy = 'aegisd has just begun, or hangs: see run/aegisd.log.';
  if (measured === undefined) return [{ text: 'aegisd has measured nothing yet', remedy }];
  const age = now - measured.at;
  return age <= OLD_MS ? [] : [{ text: `aegisd measured last ${Math.round(age / 1_000)} s ago`, remedy }];
}

function sessionProblems({ name, state, failure }: Session): WideProblem[] {
  if (state !== 'FAILED') return [];
  const why = failure === undefined ? '' : `: ${failure.code} ${failure.message}`;
  return [{ session: name, text: `is FAILED${why}`, remedy: failure?.remedy ?? `aegisctl session inspect ${name}` }];
}
