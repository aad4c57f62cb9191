import { OutsideAegisError } from './errors.ts';

/** What Aegis tells a component through its environment. */
export interface Settings {
  /** Path of the control socket. */
  readonly socket: string;
  /** Opens the session at REGISTER. Secret: it must not be in a log. */
  readonly token: string;
  /** Empty when the component was started by hand: it is given one. */
  readonly componentId: string;
  readonly name: string;
  /** `historical` or `realtime`, empty when unknown. */
  readonly mode: string;
  readonly session: string;
}

/** @throws OutsideAegisError when the socket or the token is missing */
export function settingsFrom(env: NodeJS.ProcessEnv, defaultName: string): Settings {
  const socket = env.AEGIS_SOCKET || env.AEGIS_COMPONENT_SOCKET;
  if (socket === undefined || socket === '') throw new OutsideAegisError('AEGIS_SOCKET');
  const token = env.AEGIS_SESSION_TOKEN;
  if (token === undefined || token === '') throw new OutsideAegisError('AEGIS_SESSION_TOKEN');
  return {
    socket,
    token,
    componentId: env.AEGIS_COMPONENT_ID ?? '',
    name: env.AEGIS_COMPONENT_NAME || defaultName,
    mode: env.AEGIS_MODE ?? '',
    session: env.AEGIS_SESSION ?? '',
  };
}
