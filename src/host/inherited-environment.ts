/** Credentials of aegisd itself: they open the control plane, and no component needs them. */
const OWN = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA', 'NATS_URL'];

/** What components inherit of aegisd's environment. */
export function inheritedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OWN.includes(name)));
}
