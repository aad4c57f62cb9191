import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AegisError, messageOf } from '../model/errors.ts';
import { MARKETS } from '../model/market.ts';

/** Rows of the stream that are not in the recording, though they were delivered: the log did not have them any more. */
const recordingGap = z.object({
  /** Numbers in the merged stream, both included. */
  from: z.number().int(),
  to: z.number().int(),
  /** Times of the rows before and after, unix ms; absent at the beginning. */
  fromTs: z.number().int().optional(),
  toTs: z.number().int(),
});

const recordedTopic = z.object({
  /** Short topic. */
  topic: z.string(),
  rows: z.number().int().positive(),
  parts: z.number().int().positive(),
  firstSeq: z.number().int(),
  lastSeq: z.number().int(),
  /** Lowest and highest time of its rows, unix ms. */
  firstTs: z.number().int(),
  lastTs: z.number().int(),
});

export const recordingSchema = z.object({
  version: z.literal(1),
  /** Name of the session. */
  session: z.string(),
  sessionId: z.string(),
  run: z.number().int(),
  market: z.enum(MARKETS),
  /** `recording`: more may come. `sealed`: the run has ended and everything is here. */
  state: z.enum(['recording', 'sealed']),
  /** Rows of the merged stream below are in the recording, but for its gaps. */
  seq: z.number().int(),
  /** The highest epoch of the log that was seen. */
  epoch: z.number().int(),
  rows: z.number().int(),
  /** Topics that have rows. */
  topics: z.array(recordedTopic),
  /** Short topics that somebody wanted at any time, with rows or without. */
  wanted: z.array(z.string()),
  gaps: z.array(recordingGap),
  /** Stream hash of each component that took its whole stream, by the component's id. */
  hashes: z.record(z.string(), z.string()),
});

/** What a recording holds: `recording.json` in its folder. A part counts only when its rows are below `seq`. */
export type Recording = Readonly<z.infer<typeof recordingSchema>>;
export type RecordedTopic = Readonly<z.infer<typeof recordedTopic>>;
export type RecordingGap = Readonly<z.infer<typeof recordingGap>>;

const FILE = 'recording.json';

/** Undefined when there is none. Throws TAPE_DAMAGED. */
export function readRecording(folder: string): Recording | undefined {
  const file = path.join(folder, FILE);
  try {
    return recordingSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new AegisError('TAPE_DAMAGED', `the recording cannot be read: ${messageOf(error)}`, {
      where: file,
      remedy: 'Delete its folder: the rest of the session is not touched by it.',
      cause: error,
    });
  }
}

/** One rename, after everything is on disk: a recording is what it was, or what it is now. */
export function writeRecording(folder: string, recording: Recording): void {
  const file = path.join(folder, FILE);
  const staged = path.join(folder, `.new-${FILE}`);
  const fd = openSync(staged, 'w');
  try {
    writeFileSync(fd, `${JSON.stringify(recording, undefined, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(staged, file);
  syncFolder(folder);
}

/** Makes new names in a folder survive a loss of power. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
