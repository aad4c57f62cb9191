import { describe, expect, it } from 'vitest';
import { ComponentSecrets } from '../../src/client/component-secrets.ts';
import { AegisError, type ErrorCode } from '../../src/model/errors.ts';
import type { ComponentSpec } from '../../src/model/session.ts';
import type { SecretOwner, SecretStore, Secrets } from '../../src/secrets/secret-store.ts';
import { componentSpec, session } from '../support/sessions.ts';

const SECRETS = { API_KEY: 'value' };
const SESSION = session('REGISTERED');

/** A store in memory: what another implementation has to do, and no more. */
function stage() {
  const kept = new Map<string, Secrets>();
  const keyOf = ({ session: name, sessionId, componentId }: SecretOwner) => `${name}/${sessionId}/${componentId}`;
  const store: SecretStore = {
    put: async (owner, secrets) => void kept.set(keyOf(owner), secrets),
    get: async (owner) => kept.get(keyOf(owner)) ?? {},
    forget: async (owner) => void kept.delete(keyOf(owner)),
    forgetSession: async () => kept.clear(),
  };
  return { kept, secrets: new ComponentSecrets({ store, host: 'host' }) };
}

function failing(code: ErrorCode): () => Promise<never> {
  return () => Promise.reject(new AegisError(code, 'the attach failed'));
}

describe('an attach with secrets', () => {
  it('has put the values away when the session hears of their names', async () => {
    const { kept, secrets } = stage();
    const told: ComponentSpec[] = [];
    const attached = await secrets.attach(SESSION, componentSpec('one'), SECRETS, async (component) => {
      expect(kept.get('alpha/ses-1/cmp-one')).toEqual(SECRETS);
      told.push(component);
    });
    expect(told).toEqual([attached]);
    expect(attached.launch?.secrets).toEqual(['API_KEY']);
    expect(JSON.stringify(told)).not.toContain('value');
  });

  it.each<[ErrorCode]>([['ILLEGAL_TRANSITION'], ['INVALID_SPEC'], ['SESSION_NOT_FOUND']])(
    'forgets them when it is refused with %s',
    async (code) => {
      const { kept, secrets } = stage();
      const attempt = secrets.attach(SESSION, componentSpec('one'), SECRETS, failing(code));
      await expect(attempt).rejects.toMatchObject({ code });
      expect(kept.size).toBe(0);
    },
  );

  it.each<[ErrorCode]>([['HOST_UNAVAILABLE'], ['DEPENDENCY_DOWN'], ['TIMEOUT'], ['INTERNAL']])(
    'keeps them when %s leaves open whether it came through',
    async (code) => {
      const { kept, secrets } = stage();
      const attempt = secrets.attach(SESSION, componentSpec('one'), SECRETS, failing(code));
      await expect(attempt).rejects.toMatchObject({ code });
      expect([...kept.keys()]).toEqual(['alpha/ses-1/cmp-one']);
    },
  );

  it('is refused on another host than the one of the session', async () => {
    const { kept, secrets } = stage();
    const elsewhere = { ...SESSION, host: 'another' };
    const attempt = secrets.attach(elsewhere, componentSpec('one'), SECRETS, failing('INTERNAL'));
    await expect(attempt).rejects.toMatchObject({ code: 'INVALID_SPEC', message: expect.stringContaining('another') });
    expect(kept.size).toBe(0);
  });

  it.each([
    [{ '1K': 'v' }, 'not a name of an environment variable'],
    [{ AEGIS_MODE: 'v' }, 'are set by Aegis'],
    [{ K: '' }, 'the value is empty'],
    [{ K: 'hidden\0' }, 'zero byte'],
    [{ K: 'x'.repeat(100_001) }, 'longer than 100000 bytes'],
  ])('says what is wrong with %o without its value', async (input, text) => {
    const attempt = stage().secrets.attach(SESSION, componentSpec('one'), input, failing('INTERNAL'));
    const error = await attempt.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'INVALID_SPEC', message: expect.stringContaining(text) });
    expect(JSON.stringify(error)).not.toMatch(/hidden|xxx/);
  });
});
