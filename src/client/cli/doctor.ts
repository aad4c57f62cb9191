import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { CONTROL_QUEUE, hostQueue } from '../../model/activities.ts';
import { EXIT, messageOf } from '../../model/errors.ts';
import { homePaths } from '../../model/paths.ts';
import { readEndpoints } from '../../servers/endpoints.ts';
import { probeNats } from '../../servers/nats-probe.ts';
import { type CliContext, present, withClient } from './context.ts';
import { serverFindings } from './doctor-servers.ts';
import type { Finding } from './finding.ts';

const NODE_MAJOR = 24;
const FREE_BYTES_WANTED = 2e9;
const NATS_PORT = 4222;

export function registerDoctor(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('Check this machine and what runs on it; every finding says what to do')
    .action(async () => {
      const findings = [
        checkNode(),
        await checkHome(context.home),
        await checkDisk(context.home),
        ...(await serverFindings()),
        ...(await checkRunning(context)),
      ];
      const problems = findings.filter((finding) => finding.level === 'problem').length;
      present(context, { healthy: problems === 0, findings }, () => [
        ...findings.flatMap(findingLines),
        problems === 0 ? 'no problem found' : `${problems} problem${problems === 1 ? '' : 's'} found`,
      ]);
      if (problems > 0) process.exitCode = EXIT.dependencyDown;
    });
}

function findingLines({ check, level, text, remedy }: Finding): string[] {
  const mark = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' }[level];
  return [`${mark}  ${check}: ${text}`, ...(remedy === undefined ? [] : [`         next: ${remedy}`])];
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
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB free`;
  if (free >= FREE_BYTES_WANTED) return { check: 'disk', level: 'ok', text };
  return {
    check: 'disk',
    level: 'warning',
    text,
    remedy: 'Tapes and histories need room: free some, or move AEGIS_HOME.',
  };
}

async function nearest(path: string): Promise<string> {
  const exists = await stat(path).catch(() => undefined);
  return exists === undefined ? nearest(path.slice(0, Math.max(1, path.lastIndexOf('/')))) : path;
}

async function checkRunning(context: CliContext): Promise<Finding[]> {
  const { home } = context;
  const endpoints = await readEndpoints(home);
  if (endpoints === undefined) {
    return [{ check: 'aegisd', level: 'warning', text: 'does not run', remedy: 'aegisctl up' }];
  }
  const findings: Finding[] = [{ check: 'aegisd', level: 'ok', text: `pid ${endpoints.pid}` }];
  const log = `${homePaths(home).state}/aegisd.log`;
  findings.push(await checkNats(endpoints.nats.url, log));
  findings.push(...(await checkTemporal(context, log)));
  const socket = await stat(endpoints.controlSocket).catch(() => undefined);
  findings.push(
    socket !== undefined && (socket.mode & 0o077) === 0
      ? { check: 'control socket', level: 'ok', text: endpoints.controlSocket }
      : {
          check: 'control socket',
          level: 'problem',
          text: 'missing or open to others',
          remedy: 'aegisctl down && aegisctl up',
        },
  );
  return findings;
}

async function checkNats(url: string, log: string): Promise<Finding> {
  const { hostname, port } = new URL(url);
  try {
    await probeNats(hostname, Number(port || NATS_PORT));
    return { check: 'NATS', level: 'ok', text: url };
  } catch (error) {
    return { check: 'NATS', level: 'problem', text: `${url}: ${messageOf(error)}`, remedy: `See ${log}.` };
  }
}

/** Temporal answers, and workers poll both task queues. */
async function checkTemporal(context: CliContext, log: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    await withClient(context, async (client) => {
      findings.push({ check: 'Temporal', level: 'ok', text: client.endpoints.temporal.address });
      for (const name of [CONTROL_QUEUE, hostQueue(client.endpoints.host)]) {
        const polled = await client.hasPoller(name);
        findings.push(
          polled
            ? { check: 'worker', level: 'ok', text: `polls ${name}` }
            : { check: 'worker', level: 'problem', text: `nobody polls ${name}`, remedy: `See ${log}.` },
        );
      }
    });
  } catch (error) {
    findings.push({ check: 'Temporal', level: 'problem', text: messageOf(error), remedy: `See ${log}.` });
  }
  return findings;
}
