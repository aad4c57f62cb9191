import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../model/errors.ts';
import type { ArchiveTask } from './archive-task.ts';
import { writeDay } from './write-day.ts';

/** Told when the archive is there: why it is not, or undefined. */
export type ArchiveReport = string | undefined;

const task: ArchiveTask = workerData;
const report: ArchiveReport = await writeDay(task).then(() => undefined, messageOf);
parentPort?.postMessage(report);
