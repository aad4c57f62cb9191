import { SCENARIO_IDS, type ScenarioId } from '../scenario-ids.ts';
import { finalError, lostControl, notReady, recoverableError, refused, silence } from './control-faults.ts';
import { dataRefused, lostData, rows } from './data.ts';
import { lifecycle, reborn, reconfigure, sigterm } from './lifecycle.ts';
import { byHand, emptyLines, fragments, joined, slowAnswers, unknownFields } from './manners.ts';
import type { Scenario } from './scenario.ts';

const BY_ID: Readonly<Record<ScenarioId, Scenario>> = {
  lifecycle,
  'slow-answers': slowAnswers,
  silence,
  'lost-control': lostControl,
  'final-error': finalError,
  'not-ready': notReady,
  refused,
  reborn,
  reconfigure,
  rows,
  'lost-data': lostData,
  'data-refused': dataRefused,
  'recoverable-error': recoverableError,
  fragments,
  joined,
  'unknown-fields': unknownFields,
  'empty-lines': emptyLines,
  'by-hand': byHand,
  sigterm,
};

/** All scenarios, the plain run first, then the long ones, so that they do not end last. */
export const SCENARIOS: readonly Scenario[] = SCENARIO_IDS.map((id) => BY_ID[id]);
