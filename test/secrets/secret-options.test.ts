import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { looksSecret, readSecrets } from '../../src/client/cli/secret-options.ts';
import { messageOf } from '../../src/model/errors.ts';
import { tempDir } from '../support/temp-dir.ts';

const SOURCES = { env: { FROM_ENV: 'of the environment', EMPTY: '' }, stdin: () => 'of stdin\n' };

function read(secret: string[], secretFile: string[] = []) {
  return readSecrets({ secret, secretFile }, SOURCES);
}

describe('--secret and --secret-file', () => {
  it('take a value from the command line, the environment, standard input and files', () => {
    const path = `${tempDir()}/value`;
    writeFileSync(path, 'two\nlines\r\n');
    expect(read(['A=b=c', 'FROM_ENV', 'STDIN=-'], [`FILE=${path}`])).toEqual({
      A: 'b=c',
      FROM_ENV: 'of the environment',
      STDIN: 'of stdin',
      FILE: 'two\nlines',
    });
  });

  it.each([
    [['ABSENT'], [], 'has no variable ABSENT'],
    [['A=1', 'A=2'], [], 'A is given twice'],
    [['A=-', 'B=-'], [], 'standard input holds one secret: A or B'],
    [['1A=hidden'], [], 'not a name'],
    [['hidden value'], [], 'not a name'],
    [[], ['A'], 'write it as K=path'],
    [[], ['A=/nowhere/hidden'], 'ENOENT'],
  ])('%j %j: refused', (secret, file, text) => {
    expect(() => read(secret, file)).toThrow(text);
  });

  it('take a value from a real pipe', () => {
    const file = resolve(import.meta.dirname, '../../src/client/cli/secret-options.ts');
    const script = `import { readSecrets } from '${file}';
      console.log(JSON.stringify(readSecrets({ secret: ['A=-'], secretFile: [] })));`;
    const words = ['--input-type=module', '-e', script];
    expect(execFileSync(process.execPath, words, { input: 'piped\n', encoding: 'utf8' })).toBe('{"A":"piped"}\n');
  });

  it('do not repeat in a refusal what may be a value', () => {
    for (const word of ['1A=hidden', 'hidden!', '=hidden']) {
      try {
        read([word]);
        expect.unreachable();
      } catch (error) {
        expect(messageOf(error)).not.toContain('hidden');
      }
    }
  });

  it.each([
    ['API_KEY', true],
    ['db_password', true],
    ['GITHUB_TOKEN', true],
    ['ClientSecret', true],
    ['DEPTH', false],
    ['LOG_LEVEL', false],
  ])('a plain variable %s looks like a secret: %s', (name, expected) => {
    expect(looksSecret(name)).toBe(expected);
  });
});
