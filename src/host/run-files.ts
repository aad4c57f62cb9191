import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DataStreamStatus } from '../gateway/data/events.ts';
import type { ComponentFlow, RunStatus } from '../model/run-status.ts';
import type { OrchestratorProgressMessage } from '../model/wire/orchestrator-process.ts';

/** Whole or not at all; owner-only. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/**
 * Number of the next orchestrator of a run. Kept in the run's folder: the attempts of an activity begin again at 1 with
 * every continue-as-new, and a lower number would be fenced.
 */
export function nextAttempt(folder: string): number {
  const path = `${folder}/attempt`;
  const attempt = lastAttempt(path) + 1;
  writeWhole(path, String(attempt));
  return attempt;
}

function lastAttempt(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    return 0;
  }
}

/** Writes a run's `status.json` whenever the orchestrator tells how far it is. */
export class RunStatusFile {
  readonly #folder: string;
  readonly #totalRows: number;
  readonly #flow: () => Promise<DataStreamStatus> | undefined;

  constructor(folder: string, totalRows: number, flow: () => Promise<DataStreamStatus> | undefined) {
    this.#folder = folder;
    this.#totalRows = totalRows;
    this.#flow = flow;
  }

  async write({ credited, ts, rate }: OrchestratorProgressMessage): Promise<void> {
    // Without the data stream server there is still progress to show.
    const flow = await this.#flow()?.catch(() => undefined);
    const components = flow === undefined ? {} : { components: componentFlows(flow) };
    const status: RunStatus = { rows: credited, totalRows: this.#totalRows, ts, rate, at: Date.now(), ...components };
    writeWhole(`${this.#folder}/status.json`, JSON.stringify(status));
  }
}

function componentFlows({ components }: DataStreamStatus): Record<string, ComponentFlow> {
  const flows = components.map(({ componentId, connections, rows, lagRows, lagMs, slow }) => {
    return [componentId, { connections, rows, lagRows, lagMs, holdsClock: slow }] as const;
  });
  return Object.fromEntries(flows);
}
