import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { AegisError } from '../model/errors.ts';
import type { HomePaths } from '../model/paths.ts';
import { HostKey } from '../servers/host-key.ts';
import { seal, unseal } from './seal.ts';
import type { SecretOwner, SecretScope, SecretStore, Secrets } from './secret-store.ts';

export interface FileSecretStoreOptions {
  /** Made on first use, 0700. */
  readonly folder: string;
  readonly hostKey: HostKey;
}

const PURPOSE = 'aegis secrets';
/** What may stand in a path: owners come from a workflow, which anybody with access to Temporal can signal. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/**
 * Secrets in encrypted files that only their owner can read: `<folder>/<session>/<session id>/<component id>.sealed`.
 * The key is derived from the host's: a file alone, e.g. in a backup without `host.key`, tells nothing.
 */
export class FileSecretStore implements SecretStore {
  readonly #folder: string;
  readonly #hostKey: HostKey;

  constructor({ folder, hostKey }: FileSecretStoreOptions) {
    this.#folder = folder;
    this.#hostKey = hostKey;
  }

  /** The store of an AEGIS_HOME. */
  static of({ secrets, hostKey }: HomePaths): FileSecretStore {
    return new FileSecretStore({ folder: secrets, hostKey: HostKey.load(hostKey) });
  }

  async put(owner: SecretOwner, secrets: Secrets): Promise<void> {
    const path = this.#path(owner);
    const folder = this.#sessionFolder(owner);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#checkFolder();
    const draft = `${path}.${randomBytes(6).toString('hex')}`;
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(seal(Buffer.from(JSON.stringify(secrets)), this.#sealing(owner)));
      // The session may be told of it next: a crash of the machine must not leave the name without its value.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  }

  async get(owner: SecretOwner, names: readonly string[]): Promise<Secrets> {
    if (names.length === 0) return {};
    const path = this.#path(owner);
    const sealed = await readFile(path).catch(() => undefined);
    if (sealed === undefined) throw unreadable(names, path, 'cannot be read: the file is not there');
    const plain = unseal(sealed, this.#sealing(owner));
    if (plain === undefined)
      throw unreadable(names, path, 'cannot be read: the file is damaged, or host.key is another');
    const known: Readonly<Record<string, unknown>> = JSON.parse(plain.toString());
    const found = names.map((name) => {
      const value = known[name];
      if (typeof value === 'string') return [name, value] as const;
      throw unreadable([name], path, 'cannot be read: the file has no such name');
    });
    return Object.fromEntries(found);
  }

  async forget(owner: SecretOwner): Promise<void> {
    await rm(this.#path(owner), { force: true });
  }

  async forgetSession({ session, sessionId }: SecretScope): Promise<void> {
    // A session that was made with a foreign tool may have any name; then nothing was put here for it.
    if (!PLAIN.test(session) || (sessionId !== undefined && !PLAIN.test(sessionId))) return;
    const folder = sessionId === undefined ? this.#nameFolder(session) : this.#sessionFolder({ session, sessionId });
    await rm(folder, { recursive: true, force: true });
  }

  /** Nothing is written where others could read or replace it. */
  async #checkFolder(): Promise<void> {
    const found = await lstat(this.#folder);
    if (found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o077) === 0) return;
    throw new AegisError('START_REFUSED', 'the folder of the secrets is open to others', {
      where: this.#folder,
      remedy: `It must be a folder of yours with rights 0700: chmod 700 ${this.#folder}`,
    });
  }

  #sealing({ session, sessionId, componentId }: SecretOwner) {
    return {
      keyFor: (salt: Buffer) => this.#hostKey.derive(PURPOSE, salt),
      context: `${session}/${sessionId}/${componentId}`,
    };
  }

  #nameFolder(session: string): string {
    return `${this.#folder}/${checked(session)}`;
  }

  #sessionFolder({ session, sessionId }: { readonly session: string; readonly sessionId: string }): string {
    return `${this.#nameFolder(session)}/${checked(sessionId)}`;
  }

  #path(owner: SecretOwner): string {
    return `${this.#sessionFolder(owner)}/${checked(owner.componentId)}.sealed`;
  }
}

function checked(part: string): string {
  if (PLAIN.test(part)) return part;
  throw new AegisError('INVALID_SPEC', `"${part}" is no id: a component with secrets needs one of A-Z, a-z, 0-9, _, -`);
}

function unreadable(names: readonly string[], path: string, problem: string): AegisError {
  const what = names.length === 1 ? `the secret ${names[0]}` : `the secrets ${names.join(', ')}`;
  return new AegisError('SECRET_UNREADABLE', `${what} ${problem}`, { where: path });
}
