import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** First bytes of a sealed file; the digit is its version. The parts follow at these places. */
const MAGIC = Buffer.from('AEGIS-S1');
const SALT = MAGIC.length;
const NONCE = SALT + 16;
const TAG = NONCE + 12;
const BODY = TAG + 16;

export interface SealOptions {
  /** Makes the AES key (32 bytes) of one file from its salt. */
  readonly keyFor: (salt: Buffer) => Buffer;
  /** What the file is about: it opens only with the same text, so that files cannot be exchanged for each other. */
  readonly context: string;
}

/** AES-256-GCM: magic, salt, nonce, tag, then the encrypted bytes. */
export function seal(plain: Buffer, { keyFor, context }: SealOptions): Buffer {
  const salt = randomBytes(NONCE - SALT);
  const nonce = randomBytes(TAG - NONCE);
  const cipher = createCipheriv('aes-256-gcm', keyFor(salt), nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([MAGIC, salt, nonce, cipher.getAuthTag(), body]);
}

/** Undefined when the bytes are not whole, were changed, or were sealed with another key or context. */
export function unseal(sealed: Buffer, { keyFor, context }: SealOptions): Buffer | undefined {
  if (sealed.length < BODY || !sealed.subarray(0, SALT).equals(MAGIC)) return undefined;
  const key = keyFor(sealed.subarray(SALT, NONCE));
  const nonce = sealed.subarray(NONCE, TAG);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: BODY - TAG });
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(TAG, BODY));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(BODY)), decipher.final()]);
  } catch {
    return undefined;
  }
}
