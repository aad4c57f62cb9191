import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { workflowBundle } from '../../src/worker/workflow-bundle.ts';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

describe('histories of real sessions', () => {
  it('there are some for every way a life can go', () => {
    for (const life of [
      'finished-and-restarted',
      'refused',
      'paused-stopped',
      'unstartable',
      'continued-2',
      'changed',
    ]) {
      expect(FILES.some((name) => name.includes(life))).toBe(true);
    }
  });

  it.each(FILES)('%s replays without a difference', async (file) => {
    const history = JSON.parse(readFileSync(FOLDER + file, 'utf8'));
    await Worker.runReplayHistory({ workflowBundle: { codePath: await workflowBundle() } }, history, idOf(file));
  });

  it('a history with another order of steps is found out', async () => {
    const [file = ''] = FILES.filter((name) => name.includes('finished-and-restarted'));
    const history = JSON.parse(readFileSync(FOLDER + file, 'utf8'));
    for (const event of history.events) {
      const activity = event.activityTaskScheduledEventAttributes?.activityType;
      if (activity?.name === 'prepareRun') activity.name = 'rebirth';
    }
    const options = { workflowBundle: { codePath: await workflowBundle() } };
    await expect(Worker.runReplayHistory(options, history, idOf(file))).rejects.toThrow(/TMPRL1100|[Nn]ondeterminism/);
  });
});

/** `0.1.0-continued-2.json` is of the workflow `session/continued`. */
function idOf(file: string): string {
  return `session/${file.replace(/^[\d.]+-/, '').replace(/(-\d+)?\.json$/, '')}`;
}
