import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';

/** Who a token lets in: the session's name and id. */
export interface TokenSubject {
  readonly session: string;
  readonly sessionId: string;
}

const KEY_BYTES = 32;

/**
 * The random key of an installation, and what is derived from it: the host's id and the tokens of its sessions.
 * Tokens are derived and never stored, so they are in no history and no table, and survive every restart.
 */
export class HostKey {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** Reads the key, or makes it (owner-only) on first use. */
  static load(path: string): HostKey {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(path, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    return new HostKey(readFileSync(path));
  }

  /** Stable over restarts; part of the host's task queue name. */
  get hostId(): string {
    const machine = hostname().replace(/[^A-Za-z0-9-]/g, '-');
    return `${machine}-${createHash('sha256').update(this.#key).digest('hex').slice(0, 8)}`;
  }

  tokenFor({ session, sessionId }: TokenSubject): string {
    return `${session}~${sessionId}~${this.#sign(session, sessionId)}`;
  }

  /** Another key of 32 bytes (HKDF-SHA-256), for one purpose; it says nothing about this one. */
  derive(purpose: string, salt: Buffer): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, salt, purpose, KEY_BYTES));
  }

  /** The session a token opens, or undefined when this host did not make it. */
  verify(token: string): TokenSubject | undefined {
    const [session = '', sessionId = '', given = ''] = token.split('~');
    const expected = Buffer.from(this.#sign(session, sessionId));
    const actual = Buffer.from(given);
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return undefined;
    return { session, sessionId };
  }

  #sign(session: string, sessionId: string): string {
    return createHmac('sha256', this.#key).update(`session\0${session}\0${sessionId}`).digest('base64url');
  }
}
