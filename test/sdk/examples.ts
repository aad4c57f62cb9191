import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const DOCUMENT = resolve(import.meta.dirname, '../../docs/sdk.md');
/** `<!-- name.py -->` above a fenced block makes it a program of that name. */
const EXAMPLE = /<!-- (\S+\.(?:py|ts)) -->\n```\w+\n([\s\S]*?)```/g;

/** Writes the programs of docs/sdk.md into a folder, as a reader would paste them; their names. */
export function pasteExamples(folder: string): string[] {
  return [...readFileSync(DOCUMENT, 'utf8').matchAll(EXAMPLE)].map(([, name = '', program = '']) => {
    writeFileSync(join(folder, name), program);
    return name;
  });
}
