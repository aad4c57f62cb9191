import type { OrchestratorProgressMessage } from '../model/wire/orchestrator-process.ts';
import type { OrchestratorProgress } from './orchestrator.ts';

const EVERY_MS = 500;

/** Sends progress at once, every 500 ms, and a last time when stopped. */
export function reportProgress(
  orchestrator: { readonly progress: OrchestratorProgress },
  send: (message: OrchestratorProgressMessage) => void,
): { stop(): void } {
  let lastAt = performance.now();
  let lastCredited = 0;
  const report = (): void => {
    const { progress } = orchestrator;
    const now = performance.now();
    const rate = Math.max(0, Math.round(((progress.credited - lastCredited) * 1_000) / Math.max(1, now - lastAt)));
    lastAt = now;
    lastCredited = progress.credited;
    send({ type: 'progress', ...progress, rate, checkpoint: copyOf(progress.checkpoint) });
  };
  report();
  const timer = setInterval(report, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      report();
    },
  };
}

function copyOf({ seq, cursors }: OrchestratorProgress['checkpoint']): OrchestratorProgressMessage['checkpoint'] {
  return { seq, cursors: [...cursors] };
}
