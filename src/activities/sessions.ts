import type { SessionActivities } from '../model/activities.ts';
import { underLease, wasRequested } from './lease.ts';
import type { SessionHost } from './session-host.ts';

export function sessionActivities(host: SessionHost): Pick<SessionActivities, 'serveDataStream' | 'closeSession'> {
  return {
    serveDataStream: async (input) => {
      try {
        await underLease((signal) => host.dataStreams.serve(input, signal));
      } catch (error) {
        if (wasRequested(error)) await host.dataStreams.end(input.sessionId);
        throw error;
      }
    },

    closeSession: async ({ session, sessionId }) => {
      const members = host.control.status().filter((connection) => connection.sessionId === sessionId);
      for (const member of members) host.control.shutdown(member);
      await Promise.all(members.map((member) => host.control.waitClosed(member, CLOSE_TIMEOUT_MS)));
      host.control.disconnectSession(sessionId);
      await host.dataStreams.forget(sessionId);
      const { spec } = await host.workflows.state(session);
      if (spec.mode === 'realtime') await host.orchestrators.forget(sessionId);
      await host.secrets.forgetSession({ session, sessionId });
    },
  };
}

/** Components that were started by hand have this long to go after SHUTDOWN, ms. */
const CLOSE_TIMEOUT_MS = 2_000;
