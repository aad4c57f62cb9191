import { AegisError, messageOf } from '../../model/errors.ts';
import type { Session } from '../../model/session.ts';
import type { AegisClient } from '../aegis-client.ts';
import type { CliContext } from './context.ts';
import type { Finding } from './finding.ts';
import { type HealthReport, healthReport, sessionsHere } from './health-report.ts';
import { plural } from './table.ts';

export interface SessionsLooked {
  readonly findings: readonly Finding[];
  /** Those that answered. */
  readonly sessions: readonly Session[];
  /** Every session answered: what is in none of them belongs to nobody. */
  readonly complete: boolean;
}

/** Asks every session of this host that has not been shut down. */
export async function lookAtSessions(context: CliContext, client: AegisClient): Promise<SessionsLooked> {
  const names = await sessionsHere(client);
  const answers = await Promise.all(names.map((name) => ask(client, name)));
  const sessions = answers.flatMap((answer) => (answer !== undefined && 'id' in answer ? [answer] : []));
  const silent = answers.flatMap((answer) => (answer !== undefined && 'check' in answer ? [answer] : []));
  const findings = [...silent, ...healthFindings(await healthReport(context, client, sessions))];
  return { findings, sessions, complete: silent.length === 0 };
}

async function ask(client: AegisClient, name: string): Promise<Session | Finding | undefined> {
  try {
    return await client.session(name).state();
  } catch (error) {
    // The list may lag behind: a session that was deleted a moment ago is left out.
    if (AegisError.is(error) && error.code === 'SESSION_NOT_FOUND') return undefined;
    const remedy = AegisError.is(error) ? error.remedy : `aegisctl session inspect ${name}`;
    return { check: `session ${name}`, level: 'problem', text: `does not answer: ${messageOf(error)}`, remedy };
  }
}

function healthFindings({ healthy, sessions, components, problems }: HealthReport): Finding[] {
  const text = `${plural(sessions.length, 'session')}, ${plural(components.length, 'component')}`;
  if (healthy) return [{ check: 'sessions', level: 'ok', text }];
  const level = 'problem';
  return [
    ...problems.map((problem) => {
      const check = problem.session === undefined ? 'health' : `session ${problem.session}`;
      return { check, level, text: problem.text, remedy: problem.remedy } as const;
    }),
    ...components.flatMap(({ session, component, problems: own }) =>
      own.map((problem) => {
        return {
          check: `component ${session}/${component}`,
          level,
          text: problem.text,
          remedy: problem.remedy,
        } as const;
      }),
    ),
  ];
}
