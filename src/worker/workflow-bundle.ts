import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import temporalWorker from '@temporalio/worker/package.json' with { type: 'json' };

const WORKFLOWS = fileURLToPath(new URL('../workflows', import.meta.url));
const MODEL = fileURLToPath(new URL('../model', import.meta.url));
/** `npm run build` puts it there. */
const PREBUILT = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

/**
 * Path of the workflow code as one file: the one that was built with the package, or one made from the sources. That
 * takes about two seconds, so it is kept under a name that depends on every byte that went in.
 */
export async function workflowBundle(): Promise<string> {
  if (!import.meta.url.endsWith('.ts')) return PREBUILT;
  const folder = `${process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`}/aegis/workflows`;
  const path = `${folder}/${sourceHash()}.js`;
  if (existsSync(path)) return path;
  const { code } = await bundleWorkflowCode({ workflowsPath: `${WORKFLOWS}/index.ts`, logger: SILENT });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, code, { mode: 0o600 });
  renameSync(draft, path);
  return path;
}

function sourceHash(): string {
  const hash = createHash('sha256').update(temporalWorker.version);
  for (const folder of [MODEL, WORKFLOWS]) {
    for (const file of globSync('**/*.ts', { cwd: folder }).sort()) {
      hash.update(`\0${file}\0`).update(readFileSync(`${folder}/${file}`));
    }
  }
  return hash.digest('hex').slice(0, 32);
}

const quiet = () => {};
const SILENT = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
