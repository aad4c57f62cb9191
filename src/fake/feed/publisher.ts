import type { Frame } from '../frames/frame.ts';

/** Who takes frames to the sockets. */
export interface Publisher {
  /** Whether anybody has subscribed. */
  wanted(stream: string): boolean;
  publish(frame: Frame): void;
}

/** Something that sends frames when their time has come. */
export interface Feed {
  /** Every few ms. */
  tick(): void;
}
