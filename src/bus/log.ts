import type { LogLimits, LogPosition } from '../model/wire/live-log.ts';

/** A message of a log, as JetStream keeps it. */
export interface LogMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly at: LogPosition;
  /** Its number in JetStream; grows by one from message to message. */
  readonly place: number;
}

export interface LogAppend {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly at: LogPosition;
  /** Place of the last message in JetStream: when it is another one, the message is not kept. */
  readonly after: number;
  /**
   * Position of that message: the same for it. Whoever sends message after message without waiting must state it: the message
   * of a stranger takes the place of the first one, which is not kept, and the second one would be right with its place.
   */
  readonly previous?: LogPosition;
  /** It may leave some ms later, together with others. Default: it leaves now. */
  readonly mayWait?: boolean;
}

/** The log of one session in JetStream. Every method that asks throws DEPENDENCY_DOWN when NATS is away. */
export interface BusLog {
  /** Creates it, or gives an existing one the limits: what is beyond them is discarded at once. */
  open(limits: LogLimits): Promise<void>;
  /** Empties it: another run begins. Places go on. */
  purge(): Promise<void>;
  /** First and last place that are kept; `last` is `first - 1` when it is empty. */
  extent(): Promise<{ readonly first: number; readonly last: number }>;
  /** The message at a place; undefined when it is not kept (any more), or not one of the log. */
  at(place: number): Promise<LogMessage | undefined>;
  /** The first message at a place or after it; undefined when there is none yet. */
  from(place: number): Promise<LogMessage | undefined>;
  /** The newest message on a subject. */
  lastOn(subject: string): Promise<LogMessage | undefined>;
  /** Place of the message that holds row `seq` of a run; undefined when that is not kept (any more), or not there yet. */
  find(run: number, seq: number): Promise<number | undefined>;
  /**
   * Sends a message without waiting. It reaches the subscribers of its subject at once, and the log a moment later.
   * False when the connection is down: it is dropped.
   */
  append(message: LogAppend): boolean;
  /**
   * The same, and tells what became of it: the place; `stale` when the log has another last message than `after`.
   * Throws DEPENDENCY_DOWN or TIMEOUT when that is not known.
   */
  appendAcked(message: LogAppend): Promise<{ readonly place: number } | 'stale'>;
  /**
   * Messages from a place on, in batches; waits for new ones at the end, and while NATS is away. The caller's pace is the
   * pace of reading. Places that the limits have discarded are stepped over: the caller sees it by `at.seq`.
   */
  read(from: number, options: ReadLogOptions): AsyncIterable<readonly LogMessage[]>;
  /** Removes the log with everything in it. */
  remove(): Promise<void>;
}

export interface ReadLogOptions {
  readonly signal: AbortSignal;
  /** At most so many messages in a batch; default 2,048, and 1 MiB. */
  readonly maxMessages?: number;
  /** Whether it ends with the last message that is there, or waits for more; default true: it waits. */
  readonly follow?: boolean;
}
