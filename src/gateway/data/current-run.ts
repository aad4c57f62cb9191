import type { TopicGroup } from './topic-group.ts';

/** What a data connection must know of the run, recorded or realtime. */
export interface CurrentRun {
  readonly run: number;
  /** Rows may flow. */
  readonly started: boolean;
  /** The results were given out. */
  readonly finished: boolean;
  /** Somebody waits for what the group's next rows are. */
  isPaced(group: TopicGroup): boolean;
}
