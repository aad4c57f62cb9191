import { z } from 'zod';
import { MARKETS } from '../market.ts';
import { RESTART_DEFAULTS, SESSION_DEFAULTS, STOP_DEFAULTS } from '../session.ts';

/** No dots, tildes or slashes: names are part of workflow ids, tokens and folders. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

export const nameSchema = z
  .string()
  .regex(NAME, 'a name has 1 to 63 of A-Z, a-z, 0-9, _ and -, and begins with a letter or a digit');

const duration = z.number().int().min(100).max(86_400_000);

export const sessionSpecSchema = z
  .strictObject({
    mode: z.enum(['historical', 'realtime']),
    market: z.enum(MARKETS),
    from: z.number().int().nonnegative(),
    to: z.number().int().nonnegative(),
    allowGaps: z.boolean().default(SESSION_DEFAULTS.allowGaps),
    startTimeoutMs: duration.default(SESSION_DEFAULTS.startTimeoutMs),
    dataGraceMs: duration.default(SESSION_DEFAULTS.dataGraceMs),
    dataReconnectMs: duration.min(30_000).default(SESSION_DEFAULTS.dataReconnectMs),
  })
  .refine(({ from, to }) => from < to, { message: 'the range is empty: `from` must be before `to`', path: ['to'] });

export type SessionSpecInput = z.input<typeof sessionSpecSchema>;

const restartSchema = z.strictObject({
  policy: z.enum(['never', 'on-failure', 'always']).default(RESTART_DEFAULTS.policy),
  limit: z.number().int().min(0).max(1000).default(RESTART_DEFAULTS.limit),
  backoffMs: z.number().int().min(0).max(600_000).default(RESTART_DEFAULTS.backoffMs),
  maxBackoffMs: z.number().int().min(0).max(3_600_000).default(RESTART_DEFAULTS.maxBackoffMs),
});

const stopSchema = z.strictObject({
  order: z.number().int().min(-1000).max(1000).default(STOP_DEFAULTS.order),
  timeoutMs: z.number().int().min(0).max(600_000).default(STOP_DEFAULTS.timeoutMs),
});

const launchSchema = z.strictObject({
  program: z.string().startsWith('/', 'an absolute path is needed'),
  args: z.array(z.string().max(10_000)).max(1000).readonly().default([]),
  cwd: z.string().startsWith('/', 'an absolute path is needed'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not a name of an environment variable'), z.string())
    .default({}),
});

/** A configuration travels in one line of the control socket, which must stay below 64 KiB. */
const MAX_CONFIG_CHARS = 24_000;

export const componentSpecSchema = z.strictObject({
  name: nameSchema,
  launch: launchSchema.optional(),
  required: z.boolean().default(true),
  restart: restartSchema.default(RESTART_DEFAULTS),
  stop: stopSchema.default(STOP_DEFAULTS),
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .refine(
      (config) => JSON.stringify(config).length <= MAX_CONFIG_CHARS,
      `larger than ${MAX_CONFIG_CHARS} characters`,
    ),
});

export type ComponentSpecInput = z.input<typeof componentSpecSchema>;
