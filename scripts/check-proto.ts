/**
 * Checks the schema of the binary dialect: comments, names and numbers; that nothing released has changed; and that the
 * compiled form in src is that of the file. With `--write` the compiled form is written instead of compared.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { componentSchema } from '../src/model/protocol/component-schema.ts';
import { breakingChanges } from './proto/breaking.ts';
import { lint } from './proto/lint.ts';
import { readSchema } from './proto/read-schema.ts';

const ROOT = join(import.meta.dirname, '..');
const FILE = 'aegis/component/v1/component.proto';
const COMPILED = 'src/model/protocol/component-schema.ts';

const schema = readSchema(join(ROOT, 'proto', FILE));
const released = readSchema(join(ROOT, 'proto/released', FILE));
const compiled = schema.root.toJSON();
const problems = [...lint(schema), ...breakingChanges(released, schema)];

if (process.argv.includes('--write')) writeCompiled();
else if (!isDeepStrictEqual(JSON.parse(JSON.stringify(compiled)), componentSchema)) {
  problems.push(`${COMPILED} is not that of the schema: run scripts/check-proto.ts --write`);
}
for (const problem of problems) console.error(`proto/${FILE}: ${problem}`);
if (problems.length > 0) process.exitCode = 1;

function writeCompiled(): void {
  const path = join(ROOT, COMPILED);
  const [head = ''] = readFileSync(path, 'utf8').split(' = ');
  writeFileSync(path, `${head} = ${JSON.stringify(compiled, null, 2)};\n`);
}
