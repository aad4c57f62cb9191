/** One of the two servers that the embedded mode runs: which version, and the ways to get it. */
export interface ServerSpec {
  /** Name of the executable. */
  readonly name: 'temporal' | 'nats-server';
  /** The pinned release, as in the Go module below `module`. */
  readonly version: string;
  /** Finds in the output of `--version` what is compared with `minimum`. */
  readonly versionPattern: RegExp;
  /** A binary on the PATH serves when it reports this version or a newer one of the same major. */
  readonly minimum: string;
  /** Folder of the pinned Go module, relative to the package. */
  readonly module: string;
  readonly ldflags: string;
  /** Paths on GitHub. */
  readonly release: (platform: string, arch: string) => ReleaseFiles;
  /** What to tell a user whom nothing else helped. */
  readonly installHint: string;
}

export interface ReleaseFiles {
  readonly archive: string;
  readonly checksums: string;
  /** Path of the executable inside the archive. */
  readonly executable: string;
}

const TEMPORAL = '1.8.2';
const NATS = '2.14.5';

export const TEMPORAL_SPEC: ServerSpec = {
  name: 'temporal',
  version: TEMPORAL,
  // A `temporal` built with `go install` calls itself 0.0.0-DEV: the server inside is what tells them apart.
  versionPattern: /\(Server (\d+\.\d+\.\d+)/,
  minimum: '1.31.2',
  module: 'tools/temporal',
  ldflags: `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL}`,
  release: (platform, arch) => ({
    archive: `temporalio/cli/releases/download/v${TEMPORAL}/temporal_cli_${TEMPORAL}_${platform}_${arch}.tar.gz`,
    checksums: `temporalio/cli/releases/download/v${TEMPORAL}/checksums.txt`,
    executable: 'temporal',
  }),
  installHint: `the Temporal CLI ${TEMPORAL} or newer (https://docs.temporal.io/cli, "brew install temporal")`,
};

export const NATS_SPEC: ServerSpec = {
  name: 'nats-server',
  version: NATS,
  versionPattern: /nats-server: v(\d+\.\d+\.\d+)/,
  minimum: NATS,
  module: 'tools/nats',
  ldflags: '-s -w',
  release: (platform, arch) => {
    const stem = `nats-server-v${NATS}-${platform}-${arch}`;
    return {
      archive: `nats-io/nats-server/releases/download/v${NATS}/${stem}.tar.gz`,
      checksums: `nats-io/nats-server/releases/download/v${NATS}/SHA256SUMS`,
      executable: `${stem}/nats-server`,
    };
  },
  installHint: `nats-server ${NATS} or newer (https://github.com/nats-io/nats-server/releases, "brew install nats-server")`,
};
