import { parentPort, workerData } from 'node:worker_threads';
import { connectBus } from '../bus/nats-bus.ts';
import { AegisError, type ErrorData, messageOf } from '../model/errors.ts';
import { Recorder } from './recorder.ts';
import type { RecorderReport, RecorderRequest, RecorderThreadData } from './recorder-messages.ts';

/** The thread of a recorder: it writes synchronously, which must not hold up the thread that delivers rows. */

const STATUS_MS = 1_000;

async function main({ natsUrl, ...options }: RecorderThreadData): Promise<void> {
  const stop = new AbortController();
  const bus = await connectBus({ url: natsUrl, name: `recorder ${options.sessionId}` });
  const log = bus.log(options.sessionId);
  const recorder = new Recorder({ ...options, log, onEvent: (event) => report({ type: 'event', event }) });
  parentPort?.on('message', (request: RecorderRequest) => {
    if (request.type === 'want') recorder.want(request.topics);
    else if (request.type === 'seal') void seal(recorder, request);
    else stop.abort();
  });
  const tellStatus = () => {
    report({ type: 'status', status: { next: recorder.next, sealed: recorder.recording.seq, rows: recorder.rows } });
  };
  const timer = setInterval(tellStatus, STATUS_MS);
  try {
    await recorder.run(stop.signal);
  } finally {
    clearInterval(timer);
    tellStatus();
    await bus.close();
  }
}

async function seal(recorder: Recorder, { id, seq, options }: Extract<RecorderRequest, { type: 'seal' }>) {
  try {
    await recorder.sealUpTo(seq, options);
    report({ type: 'answer', id });
  } catch (error) {
    report({ type: 'answer', id, error: dataOf(error) });
  }
}

function dataOf(error: unknown): ErrorData {
  const known = AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error), { cause: error });
  return known.toJSON();
}

function report(message: RecorderReport): void {
  parentPort?.postMessage(message);
}

main(workerData)
  .catch((error: unknown) => report({ type: 'failed', error: dataOf(error) }))
  .finally(() => parentPort?.close());
