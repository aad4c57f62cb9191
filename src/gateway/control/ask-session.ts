import type { Answer, Question } from './connection-events.ts';
import type { ControlLimits } from './limits.ts';
import type { SessionPort } from './session-port.ts';
import type { SessionReports } from './session-reports.ts';

export interface SessionAccess {
  readonly port: SessionPort;
  readonly reports: SessionReports;
  readonly limits: Pick<ControlLimits, 'answerMs'>;
}

/** Puts a question of the rules to the session. Rejects when the session cannot be reached. */
export async function askSession(question: Question, { port, reports, limits }: SessionAccess): Promise<Answer> {
  switch (question.type) {
    case 'authenticate':
      return { type: 'authenticate', result: await port.authenticate(question.token) };
    case 'report': {
      const { session, report } = question;
      return { type: 'report', result: await reports.submit(session, report, limits.answerMs) };
    }
    case 'dataSocket': {
      const { sessionId, id, topics } = question;
      return { type: 'dataSocket', path: await port.dataSocket(sessionId, { id, topics }) };
    }
    default:
      return question satisfies never;
  }
}
