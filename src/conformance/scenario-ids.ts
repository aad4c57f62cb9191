/** What `--only` takes. Apart from the scenarios, so that help and completion need not load them. */
export const SCENARIO_IDS = [
  'lifecycle',
  'slow-answers',
  'silence',
  'lost-control',
  'final-error',
  'not-ready',
  'refused',
  'reborn',
  'reconfigure',
  'rows',
  'lost-data',
  'data-refused',
  'recoverable-error',
  'fragments',
  'joined',
  'unknown-fields',
  'empty-lines',
  'by-hand',
  'sigterm',
] as const;
export type ScenarioId = (typeof SCENARIO_IDS)[number];

export function isScenarioId(text: string): text is ScenarioId {
  return (SCENARIO_IDS as readonly string[]).includes(text);
}
