import type { SessionActivities } from '../model/activities.ts';
import { componentEnvironment } from '../model/component-environment.ts';
import { componentLogPath } from '../model/run-status.ts';
import { STOP_DEFAULTS } from '../model/session.ts';
import { deliverConfig } from './deliver-config.ts';
import { underLease } from './lease.ts';
import { releaseComponent } from './release-component.ts';
import type { SessionHost } from './session-host.ts';

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
            ready: (stopped) => host.dataStreams.begun(sessionId, stopped),
            secrets: () => host.secrets.get({ session, sessionId, componentId }, launch.secrets ?? []),
            logPath: componentLogPath(host.paths.home, session, name),
          },
          signal,
        ),
      ),

    deliverConfig: (input) => underLease((signal) => deliverConfig(host, input, signal)),

    releaseComponent: (input) => releaseComponent(host, input),

    stopComponent: ({ sessionId, componentId, timeoutMs = STOP_DEFAULTS.timeoutMs }) =>
      underLease(async () => {
        host.control.shutdown({ sessionId, componentId });
        if (await host.processes.ended(componentId, timeoutMs)) return;
        await host.processes.stop(componentId);
      }),
  };
}
