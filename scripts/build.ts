/** Makes `dist`: what is published, since Node does not strip types below node_modules. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const cli = join(dist, 'src/client/cli/aegisctl.js');

rmSync(dist, { recursive: true, force: true });
const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(1);
copyOtherFiles();

// Bundled from the compiled files, so that worker and workflows come from one compilation.
const { code } = await bundleWorkflowCode({
  workflowsPath: join(dist, 'src/workflows/index.js'),
  logger: new DefaultLogger('WARN'),
});
writeFileSync(join(dist, 'workflow-bundle.js'), code);

if (!existsSync(cli)) throw new Error(`${cli} was not made: package.json names it as aegisctl`);
chmodSync(cli, 0o755);

/** What the sources read beside themselves: schemas and the like. */
function copyOtherFiles(): void {
  cpSync(join(root, 'src'), join(dist, 'src'), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !path.endsWith('.ts'),
  });
}
