import type { NatsServer } from '../../src/servers/start-nats.ts';
import type { DatasetName } from '../data/dataset.ts';
import type { PreparedData } from '../data/reference.ts';
import type { BenchResult } from '../result.ts';

/** What a block of cases may use. */
export interface BenchContext {
  /** A folder that is removed at the end. */
  readonly home: string;
  /** The suite's own folder in the user's cache: data, peers. */
  readonly cache: string;
  /** Of each case. */
  readonly runs: number;
  /** How long sessions stay idle. */
  readonly minutes: number;
  readonly tell: (text: string) => void;
  readonly nats: () => Promise<NatsServer>;
  readonly data: (name: DatasetName) => Promise<PreparedData>;
}

export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export interface BlockOutcome {
  readonly results: readonly BenchResult[];
  readonly skipped: readonly Skipped[];
  /** Cases that went wrong: the suite goes on, and fails in the end. */
  readonly failed: readonly Skipped[];
}

/** Cases that are measured together. */
export interface Block {
  readonly name: string;
  /** Names of its cases, as `--only` takes them. */
  readonly cases: readonly string[];
  readonly run: (context: BenchContext, wanted: ReadonlySet<string>) => Promise<BlockOutcome>;
}

/** A case, or a peer, that cannot be measured here. */
export class CaseSkipped extends Error {}
