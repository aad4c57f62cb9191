/**
 * What `session list` filters and shows without asking any session. Registered on the embedded Temporal at its start,
 * on an external one by `ensureSearchAttributes`. The values are Temporal's own type names.
 */
export const SEARCH_ATTRIBUTES = {
  AegisState: 'Keyword',
  AegisMode: 'Keyword',
  AegisMarket: 'Keyword',
  /** The host whose aegisd runs the session's components. */
  AegisHost: 'Keyword',
  /** How many components are attached. */
  AegisComponents: 'Int',
} as const satisfies Record<string, 'Keyword' | 'Int'>;

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;
