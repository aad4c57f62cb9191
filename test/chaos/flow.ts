import { existsSync } from 'node:fs';
import { Journal } from '../../src/gateway/data/journal.ts';
import { homePaths } from '../../src/model/paths.ts';

/** How far a run is, as the data stream server notes it with every write: exact, whatever else is down. */
export interface Flow {
  /** Grows when an orchestrator and the data stream server agree anew where to go on. */
  readonly epoch: number;
  /** Number of the orchestrator that feeds the run. */
  readonly attempt: number;
  /** By component id. */
  readonly places: ReadonlyMap<string, Place>;
}

export interface Place {
  /** Bytes of its own stream that the component was given without a gap. */
  readonly given: number;
  /** Row of the merged stream, at most the size of a few slices behind that. */
  readonly row: number;
}

export interface FlowSource {
  readonly home: string;
  readonly sessionId: string;
  readonly run: number;
  readonly components: readonly string[];
}

const NOWHERE: Place = { given: 0, row: 0 };
/** Who is so far ahead of another one gets nothing: 16 slices of 2048 rows, or 12 MiB, are in flight and not credited. */
const CLOCK_WAITS_AT = 20_000;

export function readFlow({ home, sessionId, run, components }: FlowSource): Flow {
  const path = `${homePaths(home).state}/${sessionId}.journal`;
  if (!existsSync(path)) return { epoch: 0, attempt: 0, places: new Map() };
  const journal = new Journal(path);
  try {
    const places = components.map((id): [string, Place] => {
      const { given, point } = journal.entry(id, run);
      return [id, { given, row: point.seq }];
    });
    return { epoch: journal.epoch, attempt: journal.feed.attempt, places: new Map(places) };
  } finally {
    journal.close();
  }
}

export function placeOf({ places }: Flow, id: string): Place {
  return places.get(id) ?? NOWHERE;
}

/** The part of its stream, from 0 to 1, that the component has been given that is furthest behind. */
export function progressOf(flow: Flow, totals: ReadonlyMap<string, number>): number {
  return Math.min(...[...totals].map(([id, total]) => placeOf(flow, id).given / total));
}

/** Whether each component has been given rows since, or has all of them, or is as far ahead as one can be. */
export function hasMoved(before: Flow, now: Flow, totals: ReadonlyMap<string, number>): boolean {
  const unfinished = [...totals].filter(([id, total]) => placeOf(now, id).given < total).map(([id]) => id);
  const last = Math.min(...unfinished.map((id) => placeOf(now, id).row));
  return unfinished.every((id) => {
    const { given, row } = placeOf(now, id);
    return given > placeOf(before, id).given || row >= last + CLOCK_WAITS_AT;
  });
}
