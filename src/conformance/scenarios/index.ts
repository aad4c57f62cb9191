import { finalError, lostControl, notReady, recoverableError, refused, silence } from './control-faults.ts';
import { dataRefused, lostData, rows } from './data.ts';
import { lifecycle, reborn, sigterm } from './lifecycle.ts';
import { byHand, emptyLines, fragments, joined, slowAnswers, unknownFields } from './manners.ts';
import type { Scenario } from './scenario.ts';

/** All scenarios; the first is the plain run. The longest of the others come first, so that they do not end last. */
export const SCENARIOS: readonly Scenario[] = [
  lifecycle,
  slowAnswers,
  silence,
  lostControl,
  finalError,
  notReady,
  refused,
  reborn,
  rows,
  lostData,
  dataRefused,
  recoverableError,
  fragments,
  joined,
  unknownFields,
  emptyLines,
  byHand,
  sigterm,
];
