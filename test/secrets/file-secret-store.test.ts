import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AegisError } from '../../src/model/errors.ts';
import { homePaths } from '../../src/model/paths.ts';
import { FileSecretStore } from '../../src/secrets/file-secret-store.ts';
import { HostKey } from '../../src/servers/host-key.ts';
import { tempDir } from '../support/temp-dir.ts';

const OWNER = { session: 'alpha', sessionId: 'ses-1', componentId: 'cmp-1' };
const SECRETS = { API_KEY: 'k-ey "1"\n', API_SECRET: 'grün' };
const NAMES = Object.keys(SECRETS);

function stage() {
  const paths = homePaths(tempDir());
  const file = (id = 'cmp-1') => `${paths.secrets}/alpha/ses-1/${id}.sealed`;
  return { paths, file, store: FileSecretStore.of(paths) };
}

async function refusal(work: Promise<unknown>): Promise<AegisError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!AegisError.is(error)) throw new Error(`no AegisError: ${error}`);
  return error;
}

describe('the store of secrets', () => {
  it('gives back what was put, also to a later process, and only the names that are asked for', async () => {
    const { store, paths } = stage();
    await store.put(OWNER, SECRETS);
    const later = FileSecretStore.of(paths);
    expect(await later.get(OWNER, NAMES)).toEqual(SECRETS);
    expect(await later.get(OWNER, ['API_SECRET'])).toEqual({ API_SECRET: 'grün' });
    expect(await later.get({ ...OWNER, componentId: 'cmp-none' }, [])).toEqual({});
  });

  it('keeps files and folders to their owner, whatever the umask, and no value is readable in them', async () => {
    const { store, paths, file } = stage();
    const before = process.umask(0);
    try {
      await store.put(OWNER, SECRETS);
      await store.put(OWNER, SECRETS);
    } finally {
      process.umask(before);
    }
    for (const folder of [paths.secrets, `${paths.secrets}/alpha`, `${paths.secrets}/alpha/ses-1`]) {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(file()).toString('latin1');
    for (const text of ['API', 'k-ey', 'gr']) expect(bytes).not.toContain(text);
    expect(readdirSync(`${paths.secrets}/alpha/ses-1`)).toEqual(['cmp-1.sealed']);
  });

  it('seals the same values differently each time', async () => {
    const { store, file } = stage();
    await store.put(OWNER, SECRETS);
    const first = readFileSync(file());
    await store.put(OWNER, SECRETS);
    expect(readFileSync(file()).equals(first)).toBe(false);
  });

  it('refuses a folder that is open to others', async () => {
    const { store, paths } = stage();
    await store.put(OWNER, SECRETS);
    chmodSync(paths.secrets, 0o755);
    expect(await refusal(store.put(OWNER, SECRETS))).toMatchObject({
      code: 'START_REFUSED',
      remedy: expect.stringContaining(`chmod 700 ${paths.secrets}`),
    });
  });

  it('does not open a file with the key of another host', async () => {
    const { store, paths } = stage();
    await store.put(OWNER, SECRETS);
    const other = new FileSecretStore({ folder: paths.secrets, hostKey: new HostKey(randomBytes(32)) });
    expect(await refusal(other.get(OWNER, NAMES))).toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: expect.stringContaining('host.key is another'),
    });
  });

  it('notices every byte that was changed, and every cut', async () => {
    const { store, file } = stage();
    await store.put(OWNER, SECRETS);
    const whole = readFileSync(file());
    expect(whole.length).toBeGreaterThan(60);
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(file(), changed);
      expect((await refusal(store.get(OWNER, NAMES))).code, `byte ${at}`).toBe('SECRET_UNREADABLE');
      writeFileSync(file(), whole.subarray(0, at));
      expect((await refusal(store.get(OWNER, NAMES))).code, `${at} bytes`).toBe('SECRET_UNREADABLE');
    }
    writeFileSync(file(), whole);
    expect(await store.get(OWNER, NAMES)).toEqual(SECRETS);
  });

  it("does not open one component's file for another", async () => {
    const { store, file } = stage();
    await store.put(OWNER, SECRETS);
    copyFileSync(file(), file('cmp-2'));
    expect((await refusal(store.get({ ...OWNER, componentId: 'cmp-2' }, NAMES))).code).toBe('SECRET_UNREADABLE');
  });

  it('says which secret is missing, where, and what to do', async () => {
    const { store, file } = stage();
    expect(await refusal(store.get(OWNER, NAMES))).toMatchObject({
      message: 'the secrets API_KEY, API_SECRET cannot be read: the file is not there',
      where: file(),
      remedy: 'Detach the component and attach it again with its secrets.',
    });
    await store.put(OWNER, SECRETS);
    expect(await refusal(store.get(OWNER, ['API_KEY', 'constructor']))).toMatchObject({
      message: 'the secret constructor cannot be read: the file has no such name',
    });
  });

  it('forgets a component, a session, or every session of a name, and nothing else', async () => {
    const { store, paths, file } = stage();
    const second = { ...OWNER, componentId: 'cmp-2' };
    const earlier = { ...OWNER, sessionId: 'ses-0' };
    const other = { ...OWNER, session: 'beta' };
    for (const owner of [OWNER, second, earlier, other]) await store.put(owner, SECRETS);
    await store.forget(OWNER);
    await store.forget(OWNER);
    expect([existsSync(file()), existsSync(file('cmp-2'))]).toEqual([false, true]);
    await store.forgetSession(OWNER);
    expect(readdirSync(`${paths.secrets}/alpha`)).toEqual(['ses-0']);
    await store.forgetSession({ session: 'alpha' });
    expect(readdirSync(paths.secrets)).toEqual(['beta']);
    expect(await store.get(other, NAMES)).toEqual(SECRETS);
  });

  it.each(['../beta', '', '.', 'a/b'])('never leaves its folder for an owner called %j', async (session) => {
    const { store, paths } = stage();
    await store.put({ ...OWNER, session: 'beta' }, SECRETS);
    expect((await refusal(store.put({ ...OWNER, session }, SECRETS))).code).toBe('INVALID_SPEC');
    expect((await refusal(store.get({ ...OWNER, componentId: session }, NAMES))).code).toBe('INVALID_SPEC');
    await store.forgetSession({ session });
    expect(readdirSync(paths.secrets)).toEqual(['beta']);
  });
});
