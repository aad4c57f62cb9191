import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { AegisError, messageOf } from '../model/errors.ts';
import { homePaths } from '../model/paths.ts';
import { identify, ownIdentity } from './process-identity.ts';

const EndpointsSchema = z.object({
  version: z.literal(1),
  /** The aegisd that wrote this. */
  pid: z.number().int().positive(),
  identity: z.string(),
  /** Id of the host: names the task queue on which its sessions' work is done. */
  host: z.string(),
  temporal: z.object({ address: z.string(), namespace: z.string(), ui: z.string().optional() }),
  nats: z.object({ url: z.string() }),
  controlSocket: z.string(),
  /** Unix ms. */
  startedAt: z.number(),
});

/** Where the servers of a running aegisd answer. */
export type Endpoints = Readonly<z.infer<typeof EndpointsSchema>>;
export type OwnEndpoints = Pick<Endpoints, 'host' | 'temporal' | 'nats' | 'controlSocket'>;

/** Tells the CLI and clients where this process and its servers are. Whole or not at all; 0600. */
export async function writeEndpoints(home: string, own: OwnEndpoints): Promise<Endpoints> {
  const { endpoints: path } = homePaths(home);
  const endpoints: Endpoints = {
    version: 1,
    pid: process.pid,
    identity: ownIdentity(),
    host: own.host,
    temporal: own.temporal,
    nats: own.nats,
    controlSocket: own.controlSocket,
    startedAt: Date.now(),
  };
  const draft = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(draft, `${JSON.stringify(EndpointsSchema.parse(endpoints), null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
  return endpoints;
}

/**
 * The endpoints of the aegisd that runs on this home; undefined when none does.
 * @throws AegisError DEPENDENCY_DOWN when the file is there but cannot be understood
 */
export async function readEndpoints(home: string): Promise<Endpoints | undefined> {
  const { endpoints: path } = homePaths(home);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const endpoints = parse(text, path);
  return identify(endpoints.pid) === endpoints.identity ? endpoints : undefined;
}

/** Removes the file when this process wrote it: a later aegisd keeps its own. */
export async function removeEndpoints(home: string): Promise<void> {
  const { endpoints: path } = homePaths(home);
  const text = await readIfThere(path);
  if (text === undefined || parse(text, path).pid !== process.pid) return;
  await rm(path, { force: true });
}

function parse(text: string, path: string): Endpoints {
  try {
    return EndpointsSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AegisError('DEPENDENCY_DOWN', `the file cannot be understood: ${messageOf(error)}`, {
      where: path,
      remedy: 'Another version of Aegis wrote it: end that one, remove the file, and run `aegisctl up`.',
      cause: error,
    });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
