import { readFileSync } from 'node:fs';
import { AegisError, messageOf } from '../../model/errors.ts';

/** What `--secret` and `--secret-file` were given, in the order in which they stood. */
export interface SecretWords {
  /** `K`, `K=value` or `K=-`. */
  readonly secret: readonly string[];
  /** `K=path`. */
  readonly secretFile: readonly string[];
}

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The whole standard input. */
  readonly stdin: () => string;
}

const FROM_HERE: SecretSources = { env: process.env, stdin: () => readFileSync(0, 'utf8') };
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The values of the secrets. No error of this function contains one.
 * @throws AegisError USAGE
 */
export function readSecrets({ secret, secretFile }: SecretWords, sources = FROM_HERE): Record<string, string> {
  const secrets = new Map<string, string>();
  const add = (name: string, value: string) => {
    if (secrets.has(name)) throw new AegisError('USAGE', `the secret ${name} is given twice`);
    secrets.set(name, value);
  };
  let stdinOf: string | undefined;
  for (const word of secret) {
    const [name, text] = split(word, '--secret');
    if (text === '-' && stdinOf !== undefined) {
      throw new AegisError('USAGE', `standard input holds one secret: ${stdinOf} or ${name}`);
    }
    if (text === '-') stdinOf = name;
    add(
      name,
      text === undefined ? fromEnvironment(name, sources) : text === '-' ? line(fromStdin(name, sources)) : text,
    );
  }
  for (const word of secretFile) {
    const [name, path] = split(word, '--secret-file');
    if (path === undefined || path === '') throw new AegisError('USAGE', `--secret-file ${name}: write it as K=path`);
    add(name, line(readText(name, path)));
  }
  return Object.fromEntries(secrets);
}

/** Words that were mistyped may be the value itself: they are not repeated. */
function split(word: string, option: string): [name: string, text: string | undefined] {
  const at = word.indexOf('=');
  const name = at < 0 ? word : word.slice(0, at);
  if (NAME.test(name)) return [name, at < 0 ? undefined : word.slice(at + 1)];
  throw new AegisError('USAGE', `${option}: what stands before "=" is not a name of an environment variable`);
}

function fromEnvironment(name: string, { env }: SecretSources): string {
  const value = env[name];
  if (value !== undefined) return value;
  throw new AegisError('USAGE', `--secret ${name}: the environment of aegisctl has no variable ${name}`, {
    remedy: `Set it, or give the value with --secret ${name}=- on standard input, or with --secret-file ${name}=path.`,
  });
}

function fromStdin(name: string, { stdin }: SecretSources): string {
  try {
    return stdin();
  } catch (error) {
    throw new AegisError('USAGE', `--secret ${name}=-: standard input cannot be read: ${messageOf(error)}`);
  }
}

function readText(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AegisError('USAGE', `--secret-file ${name}: ${messageOf(error)}`, { where: path });
  }
}

/** Editors and `echo` end a file with a newline that is not part of the value. */
function line(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** Names of plain variables that look as if their values had better be secrets. */
export function looksSecret(name: string): boolean {
  return /KEY|SECRET|TOKEN|PASSWORD/i.test(name);
}
