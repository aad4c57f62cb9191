import { externalAddresses } from '../../servers/external-addresses.ts';
import { findOnPath, isExecutableFile } from '../../servers/find-on-path.ts';
import { cachedPath } from '../../servers/server-cache.ts';
import { NATS_SPEC, type ServerSpec, TEMPORAL_SPEC } from '../../servers/server-spec.ts';
import { checkVersion } from '../../servers/server-version.ts';
import type { Finding } from './finding.ts';

/** Whether the embedded servers are at hand, or would have to be downloaded or built by `aegisctl up`. */
export async function serverFindings(env: NodeJS.ProcessEnv = process.env): Promise<Finding[]> {
  const external = externalAddresses(env);
  return [
    external.temporal === undefined
      ? await findingOf(TEMPORAL_SPEC, env)
      : externalFinding('temporal', external.temporal.address),
    external.natsUrl === undefined ? await findingOf(NATS_SPEC, env) : externalFinding('nats-server', external.natsUrl),
  ];
}

function externalFinding(check: string, address: string): Finding {
  return { check, level: 'ok', text: `external, ${address}` };
}

async function findingOf(spec: ServerSpec, env: NodeJS.ProcessEnv): Promise<Finding> {
  const check = spec.name;
  for (const path of await findOnPath(spec.name, env)) {
    if ((await checkVersion(path, spec)).ok) return { check, level: 'ok', text: path };
  }
  const cached = cachedPath(spec, env);
  if (await isExecutableFile(cached)) return { check, level: 'ok', text: cached };
  if ((await findOnPath('go', env)).length > 0) {
    return {
      check,
      level: 'warning',
      text: 'not here yet',
      remedy: '`aegisctl up` downloads it, or builds it with Go in some minutes.',
    };
  }
  return {
    check,
    level: 'problem',
    text: 'not here, and there is no Go to build it',
    remedy: `Install ${spec.installHint}.`,
  };
}
