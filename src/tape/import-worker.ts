import { parentPort, workerData } from 'node:worker_threads';
import type { ArchiveFile } from '../market/binance/archive/archive-ref.ts';
import { AegisError, type ErrorData, messageOf } from '../model/errors.ts';
import { type ImportFileResult, importFile } from './import-file.ts';

/** What every file of a pool's run has in common. */
export interface ImportWorkerData {
  readonly tapesDir: string;
  readonly replace: boolean;
}

export type ImportWorkerRequest =
  | { readonly kind: 'import'; readonly archive: ArchiveFile }
  | { readonly kind: 'stop' };

export type ImportWorkerReport =
  | { readonly kind: 'progress'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'done'; readonly result: ImportFileResult }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** The thread's main function: one archive at a time, until told to stop. A stop also interrupts the archive at hand. */
function serve({ tapesDir, replace }: ImportWorkerData): void {
  const port = parentPort;
  if (port === null) return;
  const stop = new AbortController();
  const report = (message: ImportWorkerReport): void => port.postMessage(message);
  port.on('message', (request: ImportWorkerRequest) => {
    if (request.kind === 'stop') {
      stop.abort();
      port.close();
      return;
    }
    const onProgress = (rows: number, bytes: number): void => report({ kind: 'progress', rows, bytes });
    importFile({ archive: request.archive, tapesDir, replace, onProgress, signal: stop.signal }).then(
      (result) => report({ kind: 'done', result }),
      (error: unknown) => report({ kind: 'failed', error: errorData(error) }),
    );
  });
}

function errorData(error: unknown): ErrorData {
  return (AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error))).toJSON();
}

serve(workerData);
