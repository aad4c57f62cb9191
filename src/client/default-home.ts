import { resolve } from 'node:path';

/** AEGIS_HOME of the environment, absolute; else `.aegis` in the current folder. */
export function defaultHome(): string {
  return resolve(process.env.AEGIS_HOME || '.aegis');
}
