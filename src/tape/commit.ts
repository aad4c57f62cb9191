import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { AegisError } from '../model/errors.ts';
import { findManifest } from './catalog.ts';
import type { TapeManifest } from './manifest.ts';
import type { StagedTape } from './staging.ts';

export interface CommitResult {
  readonly written: readonly TapeManifest[];
  /** Tapes that were there with the same content. */
  readonly unchanged: readonly TapeManifest[];
}

/**
 * Puts staged tapes into the catalog. Every tape is checked before the first is placed, so that a conflict changes
 * nothing; placing a tape is one link or rename. A tape that another importer placed in the meantime is compared like
 * any other. Throws SOURCE_CONFLICT. Staged files are gone afterwards, also after an error.
 */
export function commitTapes(staged: readonly StagedTape[], replace: boolean): CommitResult {
  try {
    for (const tape of staged) decide(tape, replace);
    const written: TapeManifest[] = [];
    const unchanged: TapeManifest[] = [];
    for (const tape of staged) (place(tape, replace) ? written : unchanged).push(tape.manifest);
    for (const folder of new Set(staged.map((tape) => path.dirname(tape.target)))) syncFolder(folder);
    return { written, unchanged };
  } finally {
    for (const tape of staged) rmSync(tape.file, { force: true });
  }
}

function place(tape: StagedTape, replace: boolean): boolean {
  const decision = decide(tape, replace);
  if (decision === 'unchanged') return false;
  if (decision === 'replace') {
    renameSync(tape.file, tape.target);
    return true;
  }
  try {
    linkSync(tape.file, tape.target);
    return true;
  } catch (error) {
    // Another importer was faster: what it placed decides.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return place(tape, replace);
    throw error;
  }
}

function decide({ target, manifest }: StagedTape, replace: boolean): 'new' | 'replace' | 'unchanged' {
  const found = findManifest(target);
  if (found.state === 'none') return 'new';
  if (found.state === 'damaged') {
    if (replace) return 'replace';
    throw found.error;
  }
  const there = found.manifest;
  const equal = there.contentSha256 === manifest.contentSha256;
  if (equal && (there.sourceSha256 === manifest.sourceSha256 || there.source !== manifest.source)) return 'unchanged';
  if (replace) return 'replace';
  throw sourceConflict(there, manifest);
}

/** The refusal to take a source in place of another one. */
export function sourceConflict(
  there: TapeManifest,
  offered: Pick<TapeManifest, 'source' | 'sourceSha256'>,
): AegisError {
  const same = there.source === offered.source;
  const text = same
    ? `the archive was imported before with other bytes (SHA-256 ${there.sourceSha256}, now ${offered.sourceSha256})`
    : `the rows of ${there.period} differ from those that were imported from ${there.source}`;
  return new AegisError('SOURCE_CONFLICT', text, {
    where: offered.source,
    details: {
      period: there.period,
      imported: { source: there.source, sha256: there.sourceSha256 },
      offered: { source: offered.source, sha256: offered.sourceSha256 },
    },
  });
}

/** Makes the new names survive a power cut. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
