import { z } from 'zod';

/** Linux takes no variable of the environment beyond 128 KiB. */
const MAX_VALUE_BYTES = 100_000;

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not a name of an environment variable')
  .refine((text) => !text.startsWith('AEGIS_'), 'names that begin with AEGIS_ are set by Aegis');

const value = z
  .string()
  .min(1, 'the value is empty')
  .refine((text) => !text.includes('\0'), 'a variable of the environment cannot hold a zero byte')
  .refine((text) => Buffer.byteLength(text) <= MAX_VALUE_BYTES, `longer than ${MAX_VALUE_BYTES} bytes`);

/** Secrets of one component: values by the name of the variable. No message of this schema contains a value. */
export const secretsSchema = z
  .record(name, value)
  .refine((secrets) => Object.keys(secrets).length > 0, 'no secret is named')
  .refine((secrets) => Object.keys(secrets).length <= 64, 'more than 64 secrets');
