import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { AegisError } from '../model/errors.ts';
import type { RecorderReport, RecorderRequest, RecorderStatus, RecorderThreadData } from './recorder-messages.ts';
import type { RecorderEvent, SealOptions } from './recorder-options.ts';

export interface RecorderThreadOptions extends RecorderThreadData {
  readonly onEvent: (event: RecorderEvent) => void;
  /** It records no more: a full disk, a damaged recording. The session goes on; the log still has what is not sealed. */
  readonly onFailed: (error: AegisError) => void;
}

/** Run from source the entry is a `.ts` file, in the built package a `.js` file. */
const ENTRY = new URL(`./recorder-worker${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url);

interface Asked {
  readonly resolve: () => void;
  readonly reject: (error: AegisError) => void;
}

/** A recorder in a thread of its own, with a connection of its own. */
export class RecorderThread {
  readonly #options: RecorderThreadOptions;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #asked = new Map<number, Asked>();
  #nextId = 0;
  #status: RecorderStatus = { next: 0, sealed: 0, rows: 0 };
  #failure: AegisError | undefined;

  constructor({ onEvent, onFailed, ...data }: RecorderThreadOptions) {
    this.#options = { ...data, onEvent, onFailed };
    this.#worker = new Worker(ENTRY, { workerData: data });
    this.#worker.on('message', (message: RecorderReport) => this.#onReport(message));
    this.#worker.on('error', (error) => this.#fail(new AegisError('INTERNAL', error.message, { cause: error })));
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#refuseAll(this.#failure ?? new AegisError('PROCESS_LOST', 'the thread of the recorder has ended'));
        resolve();
      });
    });
  }

  /** About a second old. */
  get status(): RecorderStatus {
    return this.#status;
  }

  /** Short topics that somebody wants now. */
  want(topics: readonly string[]): void {
    this.#send({ type: 'want', topics });
  }

  /**
   * Resolves when the rows below `seq` are on disk for good. Throws TIMEOUT when the log does not give them in time, and what
   * ended the recorder.
   */
  sealUpTo(seq: number, options: SealOptions = {}): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#asked.set(id, { resolve, reject });
    this.#send({ type: 'seal', id, seq, options });
    return promise;
  }

  /** Ends it without sealing. Resolves when the thread has ended. */
  async stop(): Promise<void> {
    this.#send({ type: 'stop' });
    await this.#exited;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  #onReport(report: RecorderReport): void {
    switch (report.type) {
      case 'event':
        this.#options.onEvent(report.event);
        return;
      case 'status':
        this.#status = report.status;
        return;
      case 'answer':
        this.#answer(report.id, report.error === undefined ? undefined : AegisError.fromData(report.error));
        return;
      case 'failed':
        this.#fail(AegisError.fromData(report.error));
        return;
      default:
        report satisfies never;
    }
  }

  #answer(id: number, error: AegisError | undefined): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve();
    else asked?.reject(error);
  }

  #fail(error: AegisError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#refuseAll(error);
    this.#options.onFailed(error);
  }

  #refuseAll(error: AegisError): void {
    for (const id of [...this.#asked.keys()]) this.#answer(id, error);
  }

  #send(request: RecorderRequest): void {
    this.#worker.postMessage(request);
  }
}
