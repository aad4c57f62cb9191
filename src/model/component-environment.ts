import type { Mode } from './market.ts';

export interface ComponentEnvironmentInput {
  readonly controlSocket: string;
  /** The session's secret token. */
  readonly token: string;
  readonly componentId: string;
  readonly componentName: string;
  readonly session: string;
  readonly mode: Mode;
}

/** What a component finds in its environment: the protocol's variables under all names that SDKs read, and our own. */
export function componentEnvironment(input: ComponentEnvironmentInput): Record<string, string> {
  return {
    AEGIS_SOCKET: input.controlSocket,
    // The name that the Python SDK reads; it does not start without it.
    AEGIS_COMPONENT_SOCKET: input.controlSocket,
    AEGIS_SESSION_TOKEN: input.token,
    AEGIS_COMPONENT_ID: input.componentId,
    AEGIS_MODE: input.mode,
    AEGIS_SESSION: input.session,
    AEGIS_COMPONENT_NAME: input.componentName,
  };
}
