import type { OrchestratorProgressMessage } from '../model/wire/orchestrator-process.ts';
import type { OrchestratorProgress } from './orchestrator.ts';

const EVERY_MS = 500;
/** What has not changed is told in one look of so many: a session that is held costs its host next to nothing. */
const UNCHANGED_LOOKS = 10;

/** Sends progress at once, every 500 ms, and a last time when stopped. Without progress: every 5 s. */
export function reportProgress(
  orchestrator: { readonly progress: OrchestratorProgress },
  send: (message: OrchestratorProgressMessage) => void,
): { stop(): void } {
  let lastAt = performance.now();
  let lastCredited = 0;
  let lastText = '';
  let looks = 0;
  const report = (always: boolean): void => {
    const { progress } = orchestrator;
    const now = performance.now();
    const rate = Math.max(0, Math.round(((progress.credited - lastCredited) * 1_000) / Math.max(1, now - lastAt)));
    lastAt = now;
    lastCredited = progress.credited;
    const message = { type: 'progress', ...progress, rate, checkpoint: copyOf(progress.checkpoint) } as const;
    const text = JSON.stringify(message);
    looks += 1;
    if (!always && text === lastText && looks < UNCHANGED_LOOKS) return;
    lastText = text;
    looks = 0;
    send(message);
  };
  report(true);
  const timer = setInterval(() => report(false), EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      report(true);
    },
  };
}

function copyOf({ seq, cursors }: OrchestratorProgress['checkpoint']): OrchestratorProgressMessage['checkpoint'] {
  return { seq, cursors: [...cursors] };
}
