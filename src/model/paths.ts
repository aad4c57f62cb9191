/**
 * Where everything lies below AEGIS_HOME (default: `.aegis` in the current folder; 0700).
 * Paths are joined with `/`: Aegis runs on Linux and macOS.
 */
export interface HomePaths {
  readonly home: string;
  /** Archives, laid out as on Binance Vision: `<vision>/data/spot/daily/klines/…`. */
  readonly vision: string;
  /** `<tapes>/<market>/<type>/<symbol>[/<interval>]/<period>.arrow`. */
  readonly tapes: string;
  readonly runs: string;
  /** Logs and state of aegisd and of the embedded servers. */
  readonly state: string;
  readonly temporalDb: string;
  readonly nats: string;
  /** Which servers are up and where: read by `aegisctl` and the client library. */
  readonly endpoints: string;
  /** What aegisd measures of the components, see `HostHealth`. */
  readonly health: string;
  /** Sealed values of secrets, see docs/operations.md. */
  readonly secrets: string;
  /** Random key of this installation (0600), from which session tokens and the key of the secrets are derived. */
  readonly hostKey: string;
}

export function homePaths(home: string): HomePaths {
  return {
    home,
    vision: `${home}/data/vision`,
    tapes: `${home}/data/tape`,
    runs: `${home}/runs`,
    state: `${home}/run`,
    temporalDb: `${home}/temporal.db`,
    nats: `${home}/nats`,
    endpoints: `${home}/run/endpoints.json`,
    health: `${home}/run/health.json`,
    secrets: `${home}/secrets`,
    hostKey: `${home}/host.key`,
  };
}
