import { existsSync } from 'node:fs';
import { Journal } from '../../src/gateway/data/journal.ts';
import { homePaths } from '../../src/model/paths.ts';

/** How far a run is, as the data stream server notes it with every write: exact, whatever else is down. */
export interface Flow {
  /** Grows when an orchestrator and the data stream server agree anew where to go on. */
  readonly epoch: number;
  /** Bytes of its own stream that a component was given without a gap, by its id. */
  readonly given: ReadonlyMap<string, number>;
}

export interface FlowSource {
  readonly home: string;
  readonly sessionId: string;
  readonly run: number;
  readonly components: readonly string[];
}

export function readFlow({ home, sessionId, run, components }: FlowSource): Flow {
  const path = `${homePaths(home).state}/${sessionId}.journal`;
  if (!existsSync(path)) return { epoch: 0, given: new Map(components.map((id) => [id, 0])) };
  const journal = new Journal(path);
  try {
    const given = new Map(components.map((id) => [id, journal.entry(id, run).given]));
    return { epoch: journal.epoch, given };
  } finally {
    journal.close();
  }
}

/** The part of its stream, from 0 to 1, that the component has been given that is furthest behind. */
export function progressOf({ given }: Flow, totals: ReadonlyMap<string, number>): number {
  return Math.min(...[...totals].map(([id, total]) => (given.get(id) ?? 0) / total));
}

/** Whether each component has been given rows since, or has all of them. */
export function hasMoved(before: Flow, now: Flow, totals: ReadonlyMap<string, number>): boolean {
  return [...totals].every(([id, total]) => {
    const at = now.given.get(id) ?? 0;
    return at >= total || at > (before.given.get(id) ?? 0);
  });
}
