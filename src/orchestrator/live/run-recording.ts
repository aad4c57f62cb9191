import { messageOf } from '../../model/errors.ts';
import type { Market } from '../../model/market.ts';
import type { ComponentResults } from '../../model/wire/finish.ts';
import { RecorderThread } from '../../recorder/recorder-thread.ts';
import { readRecording } from '../../tape/recording.ts';

export interface RunRecordingOptions {
  readonly natsUrl: string;
  readonly folder: string;
  /** Name of the session. */
  readonly session: string;
  readonly sessionId: string;
  readonly run: number;
  readonly market: Market;
  /** Something that operators are told. */
  readonly notice: (event: string, text: string) => void;
}

/** The recording of a realtime run. What goes wrong with it is told, and does not touch the run. */
export class RunRecording {
  readonly #recorder: RecorderThread;
  readonly #notice: RunRecordingOptions['notice'];

  constructor({ notice, ...options }: RunRecordingOptions) {
    this.#notice = notice;
    this.#recorder = new RecorderThread({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'sealed') notice('recording', event.text);
      },
      onFailed: (error) => notice('recordingFailed', error.message),
    });
  }

  /** How far a folder's recording is: the log may have discarded what is in it. */
  static floorOf(folder: string): { readonly epoch: number; readonly seq: number } {
    return readRecording(folder) ?? { epoch: 0, seq: 0 };
  }

  want(topics: readonly string[]): void {
    this.#recorder.want(topics);
  }

  /** The run has ended with row `seq - 1`. Resolves when everything is on disk for good, or cannot be. */
  async seal(seq: number, components: ComponentResults): Promise<void> {
    const hashes = Object.entries(components).flatMap(([id, { hash }]) => (hash === undefined ? [] : [[id, hash]]));
    await this.#recorder.sealUpTo(seq, { hashes: Object.fromEntries(hashes) }).catch((error: unknown) => {
      this.#notice('recordingFailed', messageOf(error));
    });
  }

  async stop(): Promise<void> {
    await this.#recorder.stop();
  }
}
