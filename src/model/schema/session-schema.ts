import { z } from 'zod';
import { MARKETS } from '../market.ts';
import { RESTART_DEFAULTS, SESSION_DEFAULTS, STOP_DEFAULTS } from '../session.ts';
import { topicProblem } from '../topic.ts';

/** No dots, tildes or slashes: names are part of workflow ids, tokens and folders. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

export const nameSchema = z
  .string()
  .regex(NAME, 'a name has 1 to 63 of A-Z, a-z, 0-9, _ and -, and begins with a letter or a digit');

const duration = z.number().int().min(100).max(86_400_000);

const common = {
  market: z.enum(MARKETS),
  startTimeoutMs: duration.default(SESSION_DEFAULTS.startTimeoutMs),
  dataGraceMs: duration.default(SESSION_DEFAULTS.dataGraceMs),
  dataReconnectMs: duration.min(30_000).default(SESSION_DEFAULTS.dataReconnectMs),
};

const time = z.number().int().nonnegative();

const recordingSchema = z.strictObject({
  session: nameSchema,
  sessionId: z.string().regex(/^ses-[0-9a-f]{16}$/, 'not the id of a session'),
  run: z.number().int().positive(),
});

const historicalSchema = z
  .strictObject({
    mode: z.literal('historical'),
    ...common,
    from: time,
    to: time,
    allowGaps: z.boolean().default(SESSION_DEFAULTS.allowGaps),
    recording: recordingSchema.exactOptional(),
  })
  .refine(({ from, to }) => from < to, { message: 'the range is empty: `from` must be before `to`', path: ['to'] });

const MAX_LOG_AGE_MS = 30 * 86_400_000;
const MAX_LOG_BYTES = 1024 ** 4;

const logSchema = z.strictObject({
  maxAgeMs: z.number().int().min(1_000).max(MAX_LOG_AGE_MS).default(SESSION_DEFAULTS.log.maxAgeMs),
  maxBytes: z.number().int().min(1_048_576).max(MAX_LOG_BYTES).default(SESSION_DEFAULTS.log.maxBytes),
});

const topicSchema = z.string().superRefine((topic, context) => {
  const problem = topicProblem(topic, 'realtime');
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const realtimeSchema = z.strictObject({
  mode: z.literal('realtime'),
  ...common,
  from: time.exactOptional(),
  endpoint: z.url({ protocol: /^https?$/, error: 'an http or https URL is needed' }).exactOptional(),
  topics: z.array(topicSchema).max(2_000).readonly().default([]),
  log: logSchema.default(SESSION_DEFAULTS.log),
  record: z.boolean().default(SESSION_DEFAULTS.record),
});

export const sessionSpecSchema = z.discriminatedUnion('mode', [historicalSchema, realtimeSchema]);

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
