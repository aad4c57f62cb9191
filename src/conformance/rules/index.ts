import { CONVERSATION_RULES } from './conversation.ts';
import { DATA_RULES } from './data.ts';
import { ENDING_RULES } from './endings.ts';
import { POSITION_RULES } from './positions.ts';
import { READING_RULES } from './reading.ts';
import { RECONFIGURATION_RULES } from './reconfiguration.ts';
import { RECONNECTION_RULES } from './reconnection.ts';
import { REGISTRATION_RULES } from './registration.ts';
import type { Rule } from './rule.ts';

/** All rules, in the order of reports. */
export const RULES: readonly Rule[] = [
  ...REGISTRATION_RULES,
  ...CONVERSATION_RULES,
  ...READING_RULES,
  ...RECONFIGURATION_RULES,
  ...RECONNECTION_RULES,
  ...ENDING_RULES,
  ...DATA_RULES,
  ...POSITION_RULES,
];
