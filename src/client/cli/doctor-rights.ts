import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { homePaths } from '../../model/paths.ts';
import { socketDirPath } from '../../servers/socket-dir.ts';
import type { Finding } from './finding.ts';

const SHOWN = 3;

/** Keys, secrets and sockets are the owner's alone. What is not there is no finding. */
export async function rightsFindings(home: string): Promise<Finding[]> {
  const { hostKey, secrets } = homePaths(home);
  const findings = [
    await checkOwnerOnly('key', hostKey),
    await checkOwnerOnly('secrets', secrets),
    await checkOwnerOnly('sockets', socketDirPath(home)),
  ];
  return findings.filter((finding) => finding !== undefined);
}

/** Looks at the path and at everything below it. */
async function checkOwnerOnly(check: string, path: string): Promise<Finding | undefined> {
  const all = await below(path);
  if (all.length === 0) return undefined;
  const foreign = all.filter(({ stats }) => stats.uid !== (process.getuid?.() ?? stats.uid));
  const open = all.filter(({ stats }) => (stats.mode & 0o077) !== 0 && !stats.isSymbolicLink());
  if (foreign.length > 0) {
    const remedy = 'Somebody else may have made it: look at it, then remove it; Aegis makes its own again.';
    return { check, level: 'problem', text: `not yours: ${listed(foreign)}`, remedy };
  }
  if (open.length > 0) {
    return { check, level: 'problem', text: `open to others: ${listed(open)}`, remedy: `chmod -R go-rwx ${path}` };
  }
  return { check, level: 'ok', text: `${path}, owner-only` };
}

interface Entry {
  readonly path: string;
  readonly stats: Stats;
}

async function below(path: string): Promise<Entry[]> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [{ path, stats }];
  const names = await readdir(path).catch(() => []);
  const inside = await Promise.all(names.map((name) => below(`${path}/${name}`)));
  return [{ path, stats }, ...inside.flat()];
}

function listed(entries: readonly Entry[]): string {
  const more = entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : '';
  return (
    entries
      .slice(0, SHOWN)
      .map(({ path }) => path)
      .join(', ') + more
  );
}
