import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CONTROL_QUEUE, hostQueue } from '../../model/activities.ts';
import { messageOf } from '../../model/errors.ts';
import { homePaths } from '../../model/paths.ts';
import { type Endpoints, readEndpoints } from '../../servers/endpoints.ts';
import { homeProcesses } from '../../servers/home-processes.ts';
import { probeNats } from '../../servers/nats-probe.ts';
import { socketDirPath } from '../../servers/socket-dir.ts';
import type { AegisClient } from '../aegis-client.ts';
import { type CliContext, withClient } from './context.ts';
import { processFindings } from './doctor-processes.ts';
import { lookAtSessions } from './doctor-sessions.ts';
import type { Finding } from './finding.ts';

const NATS_PORT = 4222;
/** What is being stopped, or has just begun, may look left over for so long, ms. */
const SETTLE_MS = 8_000;
const LOOK_EVERY_MS = 1_000;

/** What runs: aegisd, its servers, sessions, components, and what should not. */
export async function runningFindings(context: CliContext): Promise<Finding[]> {
  const { home } = context;
  const endpoints = await readEndpoints(home);
  if (endpoints === undefined) {
    const processes = await homeProcesses({ home, controlSocket: `${socketDirPath(home)}/control.sock` });
    return [
      { check: 'aegisd', level: 'warning', text: 'does not run', remedy: 'aegisctl up' },
      ...processFindings({ home, processes, aegisd: undefined, componentIds: undefined }),
    ];
  }
  const log = `${homePaths(home).state}/aegisd.log`;
  return [
    { check: 'aegisd', level: 'ok', text: `pid ${endpoints.pid}` },
    await checkNats(endpoints.nats.url, log),
    await checkControlSocket(endpoints.controlSocket),
    ...(await checkTemporal(context, endpoints, log)),
  ];
}

async function checkControlSocket(path: string): Promise<Finding> {
  const check = 'control socket';
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && (found.mode & 0o077) === 0) return { check, level: 'ok', text: path };
  return { check, level: 'problem', text: 'missing or open to others', remedy: 'aegisctl down && aegisctl up' };
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

/** Temporal answers, workers poll both task queues, and the sessions are well. */
async function checkTemporal(context: CliContext, endpoints: Endpoints, log: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    await withClient(context, async (client) => {
      findings.push({ check: 'Temporal', level: 'ok', text: client.endpoints.temporal.address });
      for (const name of [CONTROL_QUEUE, hostQueue(endpoints.host)])
        findings.push(await checkWorker(client, name, log));
      findings.push(...(await checkSessions(context, client)));
    });
  } catch (error) {
    findings.push({ check: 'Temporal', level: 'problem', text: messageOf(error), remedy: `See ${log}.` });
  }
  return findings;
}

async function checkWorker(client: AegisClient, queue: string, log: string): Promise<Finding> {
  if (await client.hasPoller(queue)) return { check: 'worker', level: 'ok', text: `polls ${queue}` };
  return { check: 'worker', level: 'problem', text: `nobody polls ${queue}`, remedy: `See ${log}.` };
}

/** Processes are looked at after the sessions, and again while one looks left over. */
async function checkSessions(context: CliContext, client: AegisClient): Promise<Finding[]> {
  const { home } = context;
  const { controlSocket, pid: aegisd } = client.endpoints;
  for (const deadline = Date.now() + SETTLE_MS; ; await delay(LOOK_EVERY_MS)) {
    const { findings, sessions, complete } = await lookAtSessions(context, client);
    const ids = new Set(sessions.flatMap(({ components }) => components.map(({ id }) => id)));
    const processes = await homeProcesses({ home, controlSocket });
    const left = processFindings({ home, processes, aegisd, componentIds: complete ? ids : undefined });
    if (left.every(({ level }) => level === 'ok') || Date.now() > deadline) return [...findings, ...left];
  }
}
