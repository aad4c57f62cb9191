import { COMPILE_CACHE } from '../servers/compile-cache.ts';

/** Credentials of aegisd itself, and where it keeps its code: no component needs them. */
const OWN = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA', 'NATS_URL', 'AEGIS_BINANCE_API_KEY', COMPILE_CACHE];

/** What components inherit of aegisd's environment. */
export function inheritedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN.includes(name)));
}
