import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { AegisError } from '../model/errors.ts';
import type { DataGap, PlannedTape, PlannedTopic, StreamPlan } from '../model/plan.ts';
import { compareTopics } from '../model/topic.ts';
import { type PartManifest, readPartManifest } from './part-writer.ts';
import { TAPE_SUFFIX } from './path.ts';
import { type Recording, readRecording } from './recording.ts';

export interface PlanRecordingOptions {
  /** Of the recording, see `recordingFolder`. */
  readonly folder: string;
  /** To which the paths of the plan are relative. */
  readonly tapesDir: string;
  /** Short topics that are wanted; default: all that have rows. */
  readonly topics?: readonly string[];
}

const US_PER_MS = 1_000;

/**
 * The plan that replays a recording: the same rows in the same order. Also of one that still goes on: what is sealed of it.
 * Throws DATA_NOT_FOUND when there is none or nothing in it, DATA_MISSING when a topic was not recorded, TAPE_DAMAGED.
 */
export function planRecording({ folder, tapesDir, topics }: PlanRecordingOptions): StreamPlan {
  const recording = readRecording(folder);
  if (recording === undefined || recording.topics.length === 0) {
    throw new AegisError('DATA_NOT_FOUND', 'nothing is recorded there', { where: folder });
  }
  const recorded = recording.topics.map(({ topic }) => topic);
  const wanted = [...new Set(topics ?? recorded)].sort(compareTopics);
  const lacking = wanted.filter((topic) => !recorded.includes(topic) && !recording.wanted.includes(topic));
  if (lacking.length > 0) {
    throw new AegisError('DATA_MISSING', `nobody wanted ${lacking.join(', ')} when it was recorded`, {
      where: folder,
      remedy: 'Replay it with components that need what was recorded.',
    });
  }
  return {
    market: recording.market,
    order: 'recorded',
    from: Math.min(...recording.topics.map(({ firstTs }) => firstTs)),
    to: Math.max(...recording.topics.map(({ lastTs }) => lastTs)) + 1,
    topics: wanted.map((topic) => planTopic(topic, recording, folder, tapesDir)),
    gaps: wanted.flatMap((topic) => gapsOf(topic, recording)),
  };
}

interface FoundPart {
  readonly path: string;
  readonly part: PartManifest;
}

/** The parts of a topic that count, in order. */
function partsOf(folder: string, topic: string, seq: number): FoundPart[] {
  const dir = path.join(folder, topic);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith(TAPE_SUFFIX) && !name.startsWith('.'))
    .map((name) => path.join(dir, name))
    .map((file) => ({ path: file, part: readPartManifest(file) }))
    .filter(({ part }) => part.lastSeq < seq)
    .sort((a, b) => a.part.firstSeq - b.part.firstSeq);
}

function planTopic(topic: string, recording: Recording, folder: string, tapesDir: string): PlannedTopic {
  const parts = partsOf(folder, topic, recording.seq);
  const rows = parts.reduce((sum, { part }) => sum + part.rows, 0);
  const expected = recording.topics.find((each) => each.topic === topic)?.rows ?? 0;
  if (rows !== expected) {
    throw new AegisError('TAPE_DAMAGED', `topic ${topic} has ${rows} rows, the recording says ${expected}`, {
      where: folder,
      remedy: 'Parts were removed: bring them back, or delete the recording.',
    });
  }
  const { session, sessionId, run } = recording;
  const source = `recording ${session}/${sessionId}/${run}`;
  const tapes = parts.map(
    ({ path: file, part }): PlannedTape => ({
      path: path.relative(tapesDir, file),
      rows: part.rows,
      firstTime: part.firstTs * US_PER_MS,
      lastTime: part.lastTs * US_PER_MS,
      source,
      sourceSha256: part.contentSha256,
    }),
  );
  return { topic, tapes };
}

/** Nobody knows which topics the missing rows had. */
function gapsOf(topic: string, { gaps }: Recording): DataGap[] {
  return gaps.map(({ fromTs, toTs }) => {
    const from = Math.min(fromTs ?? toTs, toTs);
    return { topic, from, to: Math.max(fromTs ?? toTs, toTs) + 1, kind: 'absent' };
  });
}
