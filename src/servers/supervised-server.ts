import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../model/errors.ts';
import type { BoundProcess } from './bound-process.ts';
import type { OnServerEvent, ServerName } from './server-event.ts';
import { exitText } from './server-process.ts';

const FIRST_RESTART_MS = 250;
const LAST_RESTART_MS = 10_000;
/** Who lived that long starts again without delay growing. */
const HEALTHY_AFTER_MS = 30_000;
const STOP_GRACE_MS = 10_000;

export interface SupervisedServerOptions {
  readonly server: ServerName;
  readonly address: string;
  readonly log: string;
  /** Starts it, on the same port every time, and resolves when it answers. */
  readonly start: (signal: AbortSignal) => Promise<BoundProcess>;
  readonly onEvent: OnServerEvent;
}

/** Keeps one server running until it is stopped. */
export class SupervisedServer {
  readonly #options: SupervisedServerOptions;
  readonly #stopping = new AbortController();
  #process: BoundProcess;
  #failures = 0;
  readonly #supervision: Promise<void>;

  private constructor(options: SupervisedServerOptions, first: BoundProcess) {
    this.#options = options;
    this.#process = first;
    this.#supervision = this.#supervise();
  }

  /** @throws what `start` throws: a server that never answered is not tried again. */
  static async start(options: SupervisedServerOptions, signal: AbortSignal): Promise<SupervisedServer> {
    const first = await options.start(signal);
    options.onEvent({ type: 'started', server: options.server, pid: first.pid, address: options.address });
    return new SupervisedServer(options, first);
  }

  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Ends the server for good. Settles when it is gone. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return this.#supervision;
    this.#stopping.abort();
    const exit = await this.#process.stop(STOP_GRACE_MS);
    await this.#supervision;
    this.#options.onEvent({ type: 'stopped', server: this.#options.server, how: exitText(exit) });
  }

  async #supervise(): Promise<void> {
    const { server, log, onEvent } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const started = performance.now();
      const exit = await this.#process.exited;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - started >= HEALTHY_AFTER_MS) this.#failures = 0;
      onEvent({ type: 'died', server, how: exitText(exit), log, restartInMs: this.#nextDelay() });
      await this.#restart();
    }
  }

  async #restart(): Promise<void> {
    const { server, address, start, onEvent } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const pause = this.#nextDelay();
      this.#failures += 1;
      try {
        await delay(pause, undefined, { signal });
        this.#process = await start(signal);
        onEvent({ type: 'started', server, pid: this.#process.pid, address });
        return;
      } catch (error) {
        if (signal.aborted) return;
        onEvent({ type: 'restart_failed', server, message: messageOf(error), restartInMs: this.#nextDelay() });
      }
    }
  }

  #nextDelay(): number {
    return Math.min(FIRST_RESTART_MS * 2 ** this.#failures, LAST_RESTART_MS);
  }
}
