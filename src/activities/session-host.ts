import type { ControlServer } from '../gateway/control/control-server.ts';
import type { ComponentProcesses } from '../host/component-processes.ts';
import type { DataStreams } from '../host/data-streams.ts';
import type { Orchestrators } from '../host/orchestrators.ts';
import type { SessionWorkflows } from '../host/session-workflows.ts';
import type { HomePaths } from '../model/paths.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import type { HostKey } from '../servers/host-key.ts';

/** What activities work with: the registries of one aegisd. */
export interface SessionHost {
  readonly paths: HomePaths;
  readonly hostKey: HostKey;
  readonly secrets: SecretStore;
  readonly workflows: SessionWorkflows;
  readonly control: ControlServer;
  readonly controlSocket: string;
  readonly processes: ComponentProcesses;
  readonly dataStreams: DataStreams;
  readonly orchestrators: Orchestrators;
}
