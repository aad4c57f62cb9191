import { z } from 'zod';
import { COMPONENT_STATES } from '../component-state.ts';

const list = z
  .array(z.string())
  .nullish()
  .transform((items) => [...new Set(items ?? [])]);

const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === '' ? undefined : text));

/** Ids become parts of topics, which SDKs split at dots. */
const optionalId = optionalText.refine((id) => id === undefined || /^[A-Za-z0-9_-]{1,128}$/.test(id), {
  message: 'must consist of 1 to 128 of A-Z, a-z, 0-9, _ and -',
});

/** What is stored in the session's history is bounded: the line itself may have a megabyte. */
const MAX_NAME = 256;
const MAX_TEXT = 4_000;
const boundedText = optionalText.transform((text) => text?.slice(0, MAX_TEXT));

export const registerPayload = z.object({
  session_token: z.string().nullish(),
  component_id: optionalId,
  component_name: z.string().max(MAX_NAME).nullish(),
  version: optionalText.transform((text) => text?.slice(0, MAX_NAME)),
  capabilities: z
    .object({
      supported_symbols: list,
      supported_timeframes: list,
      supported_orderbook_speeds: list,
      requires_streams: list,
      reconfigurable: z.boolean().nullish(),
    })
    .nullish(),
});

export const stateUpdatePayload = z.object({
  state: z.enum(COMPONENT_STATES),
  message: boundedText,
});

/** Errors are never answered, so nothing in them is refused. A missing `recoverable` counts as false everywhere. */
export const runtimeErrorPayload = z.object({
  code: z.string().min(1).max(MAX_NAME).catch('UNKNOWN'),
  message: z
    .string()
    .catch('')
    .transform((text) => text.slice(0, MAX_TEXT)),
  recoverable: z.boolean().catch(false),
});

/** The first thing that is wrong, naming the field: `payload.capabilities.requires_streams: Invalid input: …`. */
export function payloadProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'payload is not valid';
  return `${['payload', ...issue.path].join('.')}: ${issue.message}`;
}
