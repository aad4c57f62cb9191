import { resolve } from 'node:path';
import { logToStdout } from '../host/log.ts';
import { AegisError, messageOf } from '../model/errors.ts';
import { useCompileCache } from '../servers/compile-cache.ts';

/** Entry of the process `aegisd`. SIGTERM and SIGINT end it in good order. */
useCompileCache();
const { runAegisd } = await import('./aegisd.ts');
const stop = new AbortController();
process.title = 'aegisd';
process.umask(0o077);
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());

try {
  const home = resolve(process.env.AEGIS_HOME ?? '.aegis');
  await runAegisd({ home, log: logToStdout, signal: stop.signal });
} catch (error) {
  logToStdout('error', messageOf(error));
  if (AegisError.is(error)) logToStdout('error', JSON.stringify(error));
  process.exitCode = AegisError.is(error) ? error.exitCode : 1;
}
// A start that failed half-way may leave a native handle of Temporal's, which would keep the process for ever.
process.exit();
