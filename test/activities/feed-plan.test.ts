import { describe, expect, it } from 'vitest';
import { feedPlan } from '../../src/activities/feed-plan.ts';
import { writeRunFile } from '../../src/activities/run-file.ts';
import { homePaths } from '../../src/model/paths.ts';
import type { Component } from '../../src/model/session.ts';
import { transition } from '../../src/model/transition.ts';
import { component, session } from '../support/sessions.ts';
import { tempDir } from '../support/temp-dir.ts';

const TOPICS = ['trades.BTCUSDT'];
const REF = { session: 'alpha', sessionId: 'ses-1', run: 1 };
const taking = (name: string, changes: Partial<Component> = {}) => component(name, { topics: TOPICS, ...changes });

describe('the components that a run is planned for', () => {
  /** What the session is told, and then asked for the members of its run. */
  function host(components: readonly Component[]) {
    const paths = homePaths(tempDir());
    const before = session('CONFIGURED', { components });
    const plan = {
      market: 'spot',
      from: 0,
      to: 1,
      topics: [{ topic: 'trades.BTCUSDT', tapes: [] }],
      gaps: [],
    } as const;
    const { spec } = before;
    writeRunFile(paths.home, {
      version: 1,
      ...REF,
      spec,
      plan,
      versions: { aegis: '0', node: '0' },
      preparedAt: 0,
    });
    let now = before;
    const tell = (event: Parameters<typeof transition>[1]) => {
      const result = transition(now, event);
      if (!result.ok) throw new Error(result.message);
      now = result.session;
    };
    const members = async () => {
      const state = async () => now;
      return (await feedPlan({ paths, workflows: { state } }, REF)).members;
    };
    return { tell, members };
  }

  it('are those that were RUNNING when the stream was started, also one that was killed since', async () => {
    const { tell, members } = host([
      taking('one'),
      taking('two'),
      taking('late', { state: 'READY', required: false, wanted: false }),
    ]);
    tell({ type: 'streamStarted', run: 1 });
    const exit = { code: null, signal: 'SIGKILL', reason: 'killed by SIGKILL', unstartable: false } as const;
    tell({ type: 'exited', componentId: 'cmp-two', incarnation: 1, exit, at: 1, ranMs: 1 });
    expect(await members()).toEqual([
      { id: 'cmp-one', fromSeq: 0 },
      { id: 'cmp-two', fromSeq: 0 },
    ]);
  });

  it('are decided once: one that comes later joins', async () => {
    const { tell, members } = host([
      taking('one'),
      taking('late', { state: 'CONFIGURED', required: false, wanted: false }),
    ]);
    tell({ type: 'streamStarted', run: 1 });
    const first = await members();
    tell({ type: 'state', componentId: 'cmp-late', state: 'RUNNING' });
    expect(await members()).toEqual(first);
  });
});
