import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AegisError } from '../model/errors.ts';
import type { RecordingRef } from '../model/session.ts';
import { type Recording, readRecording } from '../tape/recording.ts';

/** A recording on this host. */
export interface FoundRecording {
  readonly folder: string;
  readonly recording: Recording;
}

/** The recordings of a home, oldest session first; `session`: of one name only. Throws TAPE_DAMAGED. */
export function findRecordings(home: string, session?: string): FoundRecording[] {
  const root = join(home, 'data/recording');
  const folders = (session === undefined ? namesIn(root) : [session]).flatMap((name) =>
    namesIn(join(root, name)).flatMap((id) => namesIn(join(root, name, id)).map((run) => join(root, name, id, run))),
  );
  const found = folders.flatMap((folder) => {
    const recording = readRecording(folder);
    return recording === undefined ? [] : [{ folder, recording }];
  });
  return found.sort((a, b) => firstTs(a) - firstTs(b));
}

/** `live`: its last run; `live/2`: run 2 of the session that was created last under this name. Throws DATA_NOT_FOUND. */
export function recordingOf(home: string, text: string): RecordingRef & { readonly from: number; readonly to: number } {
  const [session = '', number] = text.split('/');
  const found = findRecordings(home, session).findLast(
    ({ recording }) => recording.topics.length > 0 && (number === undefined || recording.run === Number(number)),
  );
  if (found === undefined) {
    throw new AegisError('DATA_NOT_FOUND', `there is no recording "${text}"`, {
      where: join(home, 'data/recording'),
      remedy: '`aegisctl data recordings` lists what there is; a run is complete when it has been stopped.',
    });
  }
  const { sessionId, run, topics } = found.recording;
  const to = Math.max(...topics.map(({ lastTs }) => lastTs)) + 1;
  return { session, sessionId, run, from: firstTs(found), to };
}

function firstTs({ recording }: FoundRecording): number {
  return Math.min(...recording.topics.map((topic) => topic.firstTs));
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
