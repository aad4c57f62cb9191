import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../model/errors.ts';
import type { ServerSpec } from './server-spec.ts';

const run = promisify(execFile);
const VERSION_TIMEOUT_MS = 10_000;

export type VersionCheck =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly problem: string };

/** Asks an executable for its version and compares it with what the spec wants. */
export async function checkVersion(path: string, spec: ServerSpec): Promise<VersionCheck> {
  const output = await versionOutput(path);
  if (!output.ok) return output;
  const version = spec.versionPattern.exec(output.version)?.[1];
  if (version === undefined) {
    return { ok: false, problem: `${path} --version says "${firstLine(output.version)}", which names no version` };
  }
  if (!isAtLeast(version, spec.minimum)) {
    return {
      ok: false,
      problem: `${path} is ${version}; ${spec.minimum} or a newer ${majorOf(spec.minimum)}.x is needed`,
    };
  }
  return { ok: true, version };
}

/** Whether `version` is `minimum` or a newer one of the same major. Both are `major.minor.patch`. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = minimum.split('.').map(Number);
  if (major !== wantedMajor) return false;
  return minor === wantedMinor ? patch >= wantedPatch : minor > wantedMinor;
}

async function versionOutput(path: string): Promise<VersionCheck> {
  try {
    const { stdout, stderr } = await run(path, ['--version'], { timeout: VERSION_TIMEOUT_MS });
    return { ok: true, version: `${stdout}${stderr}`.trim() };
  } catch (error) {
    return { ok: false, problem: `${path} --version failed: ${firstLine(messageOf(error))}` };
  }
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? version;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
