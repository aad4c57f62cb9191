import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ArchiveFile } from '../market/binance/archive/archive-ref.ts';
import { AegisError, messageOf } from '../model/errors.ts';
import type { ImportFileResult } from './import-file.ts';
import type { ImportWorkerData, ImportWorkerReport, ImportWorkerRequest } from './import-worker.ts';

export interface ImportProgress {
  readonly files: number;
  readonly filesDone: number;
  /** Rows and bytes of CSV read so far. */
  readonly rows: number;
  readonly bytes: number;
}

/** A file that could not be imported; nothing of it is in the catalog. */
export interface ImportFailure {
  readonly file: string;
  readonly error: AegisError;
}

export interface ImportOutcome {
  readonly results: readonly ImportFileResult[];
  readonly failures: readonly ImportFailure[];
}

export interface ImportPoolOptions extends ImportWorkerData {
  readonly archives: readonly ArchiveFile[];
  /** Threads; default: one per core, at most one per archive. */
  readonly threads?: number;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import: archives at hand are given up, finished ones stay. */
  readonly signal?: AbortSignal;
}

/** Run from source the entry is a `.ts` file, in the built package a `.js` file. */
const ENTRY = new URL(`./import-worker${path.extname(new URL(import.meta.url).pathname)}`, import.meta.url);

/** Imports archives in worker threads, each archive as a whole. A failed archive does not stop the others. */
export async function runImportPool(options: ImportPoolOptions): Promise<ImportOutcome> {
  const { archives, onProgress, signal, threads = availableParallelism() } = options;
  const waiting = [...archives];
  const results: ImportFileResult[] = [];
  const failures: ImportFailure[] = [];
  const progress = { files: archives.length, filesDone: 0, rows: 0, bytes: 0 };

  const serveThread = async (): Promise<void> => {
    const thread = new ImportThread(options);
    const stop = (): void => thread.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for (let archive = waiting.shift(); archive !== undefined; archive = waiting.shift()) {
        if (signal?.aborted) return;
        try {
          const result = await thread.import(archive, (rows, bytes) => {
            progress.rows += rows;
            progress.bytes += bytes;
            onProgress?.({ ...progress });
          });
          results.push(result);
        } catch (error) {
          failures.push({ file: archive.file, error: asAegisError(error) });
        }
        progress.filesDone++;
        onProgress?.({ ...progress });
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      await thread.end();
    }
  };

  await Promise.all(Array.from({ length: Math.min(threads, archives.length) }, serveThread));
  if (signal?.aborted) throw new AegisError('INTERRUPTED', 'the import was interrupted; nothing is half-imported');
  return { results, failures };
}

function asAegisError(error: unknown): AegisError {
  return AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error), { cause: error });
}

/** One worker thread; imports one archive at a time. */
class ImportThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;

  constructor({ tapesDir, replace }: ImportWorkerData) {
    const workerData: ImportWorkerData = { tapesDir, replace };
    this.#worker = new Worker(ENTRY, { workerData });
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  import(archive: ArchiveFile, onProgress: (rows: number, bytes: number) => void): Promise<ImportFileResult> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        this.#worker.off('message', onReport).off('error', onError).off('exit', onExit);
        then();
      };
      const onReport = (report: ImportWorkerReport): void => {
        if (report.kind === 'progress') onProgress(report.rows, report.bytes);
        else if (report.kind === 'done') settle(() => resolve(report.result));
        else settle(() => reject(AegisError.fromData(report.error)));
      };
      const onError = (error: Error): void => settle(() => reject(error));
      const onExit = (): void => settle(() => reject(new Error('the import thread ended')));
      this.#worker.on('message', onReport).once('error', onError).once('exit', onExit);
      this.#send({ kind: 'import', archive });
    });
  }

  stop(): void {
    this.#send({ kind: 'stop' });
  }

  /** Ends the thread and waits for that. */
  async end(): Promise<void> {
    this.stop();
    await this.#exited;
  }

  #send(request: ImportWorkerRequest): void {
    this.#worker.postMessage(request);
  }
}
