import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ControlEvent, ControlOptions, ControlOrder } from './events.ts';

/** The control connection as the component sees it: events come in, orders go out. */
export class Control {
  readonly #thread: Worker;
  readonly #closed: Promise<void>;

  constructor(options: ControlOptions, onEvent: (event: ControlEvent) => void) {
    // Run from its sources, this module is TypeScript, and so is the thread's.
    const module = new URL(`./control-thread${extname(import.meta.url)}`, import.meta.url);
    this.#thread = new Worker(module, { workerData: options });
    this.#closed = new Promise((resolve) => {
      this.#thread.on('message', (event: ControlEvent) => {
        if (event.type === 'closed') resolve();
        else onEvent(event);
      });
    });
  }

  send(order: ControlOrder): void {
    this.#thread.postMessage(order);
  }

  /** Resolves when Aegis has read everything that was sent, or after 2 s. */
  close(): Promise<void> {
    this.send({ type: 'close' });
    return this.#closed;
  }
}
