import { mkdirSync, readFileSync } from 'node:fs';
import { writeWhole } from '../host/run-files.ts';
import type { RunRef } from '../model/activities.ts';
import type { StreamPlan } from '../model/plan.ts';
import { runFolder } from '../model/run-status.ts';
import type { RunSummary, SessionSpec } from '../model/session.ts';

/** `run.json`: everything that is needed to know what a run was given and what it delivered. */
export interface RunFile {
  readonly version: 1;
  readonly session: string;
  readonly sessionId: string;
  readonly run: number;
  readonly spec: SessionSpec;
  readonly plan: StreamPlan;
  readonly versions: { readonly aegis: string; readonly node: string };
  /** Unix ms. */
  readonly preparedAt: number;
  readonly endedAt?: number;
  readonly outcome?: string;
  readonly summary?: RunSummary;
}

export function runFilePath(home: string, ref: RunRef): string {
  return `${folderOf(home, ref)}/run.json`;
}

export function folderOf(home: string, { session, sessionId, run }: RunRef): string {
  return runFolder(home, session, sessionId, run);
}

export function readRunFile(home: string, ref: RunRef): RunFile {
  return JSON.parse(readFileSync(runFilePath(home, ref), 'utf8'));
}

/** `run.json`, and the plan alone as the orchestrator reads it. */
export function writeRunFile(home: string, file: RunFile): void {
  const folder = folderOf(home, file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeWhole(`${folder}/plan.json`, JSON.stringify(file.plan));
  writeWhole(runFilePath(home, file), `${JSON.stringify(file, null, 1)}\n`);
}
