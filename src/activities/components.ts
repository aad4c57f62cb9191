import type { SessionActivities } from '../model/activities.ts';
import { componentEnvironment } from '../model/component-environment.ts';
import { componentLogPath } from '../model/run-status.ts';
import { deliverConfig } from './deliver-config.ts';
import { underLease } from './lease.ts';
import type { SessionHost } from './session-host.ts';

/** After SHUTDOWN a component has this long to end by itself before SIGTERM, ms. */
const SHUTDOWN_GRACE_MS = 2_000;

type ComponentActivities = Pick<
  SessionActivities,
  'superviseComponent' | 'deliverConfig' | 'stopComponent' | 'releaseComponent'
>;

export function componentActivities(host: SessionHost): ComponentActivities {
  return {
    superviseComponent: ({ session, sessionId, componentId, name, incarnation, launch, mode }) =>
      underLease((signal) =>
        host.processes.run(
          {
            componentId,
            incarnation,
            launch,
            env: componentEnvironment({
              controlSocket: host.controlSocket,
              token: host.hostKey.tokenFor({ session, sessionId }),
              componentId,
              componentName: name,
              session,
              mode,
            }),
            secrets: () => host.secrets.get({ session, sessionId, componentId }, launch.secrets ?? []),
            logPath: componentLogPath(host.paths.home, session, name),
          },
          signal,
        ),
      ),

    deliverConfig: (input) => underLease((signal) => deliverConfig(host, input, signal)),

    releaseComponent: ({ sessionId, componentId }) => host.dataStreams.remove(sessionId, componentId),

    stopComponent: ({ sessionId, componentId }) =>
      underLease(async () => {
        host.control.shutdown({ sessionId, componentId });
        if (await host.processes.ended(componentId, SHUTDOWN_GRACE_MS)) return;
        await host.processes.stop(componentId);
      }),
  };
}
