import type { RebirthAnswer, RebirthInput } from '../model/activities.ts';
import type { SessionHost } from './session-host.ts';

/** How long a component may take to acknowledge REBORN and to open a new data connection, ms. */
const REBORN_TIMEOUT_MS = 15_000;

/**
 * Lets components begin anew, in the order that is right for every SDK: their data connections are closed (whoever comes
 * back has read everything), then REBORN, then the acknowledgement.
 */
export async function rebirth(host: SessionHost, { sessionId, components }: RebirthInput): Promise<RebirthAnswer> {
  const had = await host.dataStreams.connected(sessionId, components);
  await host.dataStreams.closeConnections(sessionId);
  const answers = await Promise.all(
    components.map(async (componentId) => {
      const answer = await host.control.reborn({ sessionId, componentId }, REBORN_TIMEOUT_MS);
      if (answer !== 'acknowledged') return componentId;
      const back = !had.includes(componentId) || (await reopened(host, sessionId, componentId));
      return back ? undefined : componentId;
    }),
  );
  return { disobeyed: answers.filter((id) => id !== undefined) };
}

function reopened(host: SessionHost, sessionId: string, componentId: string): Promise<boolean> {
  return host.dataStreams.waitConnected(sessionId, componentId, REBORN_TIMEOUT_MS);
}
