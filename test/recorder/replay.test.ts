import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { recordingFolder } from '../../src/model/run-status.ts';
import { RecordingFiles } from '../../src/recorder/recording-files.ts';
import { planRecording } from '../../src/tape/plan-recording.ts';
import { streamHash } from '../orchestrator/data-client.ts';
import { Stage } from '../orchestrator/stage.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';
import { LIVE_TOPICS, liveRow } from './live-rows.ts';

/** More than may be in flight. */
const ROWS = 80_000;
const TRADES = 'trades.BTCUSDT';

/** Records rows as they come from a log, sealing now and then. */
function record(home: string, sessionId: string): string {
  const key = { session: 'live', sessionId, run: 1 };
  const folder = recordingFolder(home, key);
  const files = new RecordingFiles({ ...key, folder, market: 'spot' });
  for (let seq = 0; seq < ROWS; seq++) {
    const { subject, line, ts } = liveRow(sessionId, seq);
    files.take({ subject, payload: Buffer.from(line), at: { run: 1, epoch: 1, seq, rows: 1, ts }, place: seq + 2 });
    if (seq % 30_000 === 29_999) files.seal(undefined);
  }
  files.seal({});
  return folder;
}

/** What a component that wanted these topics was given live. */
function delivered(sessionId: string, topics: readonly string[]): Buffer {
  const rows = Array.from({ length: ROWS }, (_, seq) => liveRow(sessionId, seq));
  const wanted = rows.filter(({ subject }) => topics.some((topic) => subject.endsWith(`.${topic}`)));
  return Buffer.from(wanted.map(({ line }) => line).join(''));
}

describe('a recording, replayed as a historical session by real processes', () => {
  it('gives each component the bytes and the stream hash that it had live, though the orchestrator is killed', async () => {
    const home = tempDir();
    const sessionId = 'replayed';
    const tapesDir = join(home, 'data/tape');
    const plan = planRecording({ folder: record(home, sessionId), tapesDir });
    const components = [
      { id: 'all', topics: LIVE_TOPICS },
      { id: 'trades', topics: [TRADES] },
    ];
    const natsUrl = inject('natsUrl');
    const stage = new Stage({ natsUrl, sessionId, planned: { plan, tapesDir }, topics: [], components });
    onTestFinished(() => stage.close());
    await stage.startDataStream();
    const beginning = Promise.withResolvers<void>();
    let killed = false;
    const all = stage.client('all', {
      onBytes: () => {
        if (!killed) all.pause();
        beginning.resolve();
      },
    });
    const clients = [
      { id: 'all', topics: LIVE_TOPICS, client: all },
      { id: 'trades', topics: [TRADES], client: stage.client('trades') },
    ];
    stage.startOrchestrator();
    await beginning.promise;
    stage.kill('orchestrator');
    await until('another one is there', () => stage.starts.orchestrator === 2);
    killed = true;
    all.resume();
    const finished = await stage.finished();
    expect(finished.rows).toBe(ROWS);
    for (const { id, topics, client } of clients) {
      const expected = delivered(sessionId, topics);
      expect(expected.length).toBeGreaterThan(300_000);
      await until('all bytes have come', () => client.bytes >= expected.length);
      expect(client.text.equals(expected)).toBe(true);
      expect(finished.components[id]).toMatchObject({ bytes: expected.length, hash: streamHash(expected) });
    }
  });
});
