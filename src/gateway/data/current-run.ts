import type { ComponentStream } from './component-stream.ts';
import type { RowFormat } from './row-format.ts';
import type { StreamGroup } from './stream-group.ts';

/** What a data connection must know of the run, recorded or realtime. */
export interface CurrentRun {
  readonly run: number;
  /** Rows may flow. */
  readonly started: boolean;
  /** The results were given out. */
  readonly finished: boolean;
  /** Somebody waits for what the group's next rows are. */
  isPaced(group: StreamGroup): boolean;
  /** The component gets its rows in this form; it has had none yet. */
  reformat(component: ComponentStream, format: RowFormat): void;
}
