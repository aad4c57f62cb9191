import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { homePaths } from '../../model/paths.ts';
import type { Finding } from './finding.ts';
import { duration, time } from './table.ts';

const NODE_MAJOR = 24;
const FREE_BYTES_WANTED = 2e9;
const FREE_BYTES_NEEDED = 200e6;
/** File systems round their times, and so much may lie between two of them. */
const CLOCK_SLACK_MS = 5_000;

/** The machine: what Aegis needs before anything of it runs. */
export async function hostFindings(home: string): Promise<Finding[]> {
  return [checkNode(), await checkHome(home), await checkDisk(home), await checkClock(home)];
}

function checkNode(): Finding {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= NODE_MAJOR) return { check: 'Node', level: 'ok', text: node };
  return { check: 'Node', level: 'problem', text: node, remedy: `Install Node ${NODE_MAJOR} or newer.` };
}

async function checkHome(home: string): Promise<Finding> {
  const check = 'folder';
  const found = await stat(home).catch(() => undefined);
  if (found === undefined) return { check, level: 'ok', text: `${home} will be made by \`aegisctl up\`` };
  if ((found.mode & 0o077) !== 0) {
    return { check, level: 'problem', text: `${home} is open to others`, remedy: `chmod 700 ${home}` };
  }
  const writable = await access(home, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable)
    return { check, level: 'problem', text: `${home} cannot be written`, remedy: 'Choose another AEGIS_HOME.' };
  return { check, level: 'ok', text: `${home}, owner-only` };
}

async function checkDisk(home: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearest(home));
  return diskFinding(bavail * bsize);
}

export function diskFinding(free: number): Finding {
  const text = `${(free / 1e9).toFixed(1)} GB free`;
  if (free >= FREE_BYTES_WANTED) return { check: 'disk', level: 'ok', text };
  const level = free < FREE_BYTES_NEEDED ? 'problem' : 'warning';
  return { check: 'disk', level, text, remedy: 'Tapes and histories need room: free some, or move AEGIS_HOME.' };
}

async function nearest(path: string): Promise<string> {
  const exists = await stat(path).catch(() => undefined);
  return exists === undefined ? nearest(path.slice(0, Math.max(1, path.lastIndexOf('/')))) : path;
}

async function checkClock(home: string): Promise<Finding> {
  const { temporalDb, endpoints, health } = homePaths(home);
  const times = await Promise.all(
    [temporalDb, endpoints, health].map(async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0),
  );
  return clockFinding({ now: Date.now(), newest: Math.max(...times), synchronised: await synchronised() });
}

export interface ClockFacts {
  /** Unix ms. */
  readonly now: number;
  /** When something was last written in the folder, unix ms; 0 when nothing was. */
  readonly newest: number;
  /** What the system says of its clock; undefined when it says nothing. */
  readonly synchronised: boolean | undefined;
}

export function clockFinding({ now, newest, synchronised }: ClockFacts): Finding {
  const check = 'clock';
  const remedy = 'Switch time synchronisation (NTP) on: `timedatectl set-ntp true`, or in the settings of the system.';
  if (newest > now + CLOCK_SLACK_MS) {
    const text = `it is ${time(now)} UTC here, ${duration(newest - now)} before files of Aegis were written`;
    return { check, level: 'problem', text: `${text}: the clock has been set back`, remedy };
  }
  const text = `${time(now)} UTC`;
  if (synchronised === false) return { check, level: 'warning', text: `${text}, not synchronised`, remedy };
  const known = synchronised === true ? 'synchronised' : 'the system does not tell whether it is synchronised';
  return { check, level: 'ok', text: `${text}, ${known}` };
}

async function synchronised(): Promise<boolean | undefined> {
  try {
    const words = ['show', '--property=NTPSynchronized', '--value'];
    const { stdout } = await promisify(execFile)('timedatectl', words, { timeout: 2_000 });
    return { yes: true, no: false }[stdout.trim()];
  } catch {
    return undefined;
  }
}
