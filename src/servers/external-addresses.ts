import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';

/** Variables that say that a Temporal is meant which somebody else runs. The others only refine how to reach it. */
const EXTERNAL_TEMPORAL = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];

export interface ExternalAddresses {
  /** Connection options (TLS, API key, metadata too) and namespace, as Temporal's own tools read them. */
  readonly temporal?: ExternalTemporal;
  readonly natsUrl?: string;
}

export interface ExternalTemporal {
  readonly address: string;
  readonly namespace: string;
  readonly connection: ClientConnectConfig['connectionOptions'];
}

/**
 * The servers that the environment names; what is named is not started.
 * Temporal: TEMPORAL_ADDRESS, TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE, then every other TEMPORAL_* variable and the
 * configuration file count too. NATS: NATS_URL.
 */
export function externalAddresses(env: NodeJS.ProcessEnv = process.env): ExternalAddresses {
  const temporal = EXTERNAL_TEMPORAL.some((name) => env[name]) ? externalTemporal(env) : undefined;
  return {
    ...(temporal === undefined ? {} : { temporal }),
    ...(env.NATS_URL ? { natsUrl: env.NATS_URL } : {}),
  };
}

function externalTemporal(env: NodeJS.ProcessEnv): ExternalTemporal {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(defined) });
  return {
    address: connectionOptions.address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
    connection: connectionOptions,
  };
}
