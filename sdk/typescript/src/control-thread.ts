import { parentPort, workerData } from 'node:worker_threads';
import { ControlConnection } from './control-connection.ts';
import type { ControlEvent, ControlOptions, ControlOrder } from './events.ts';

/** The thread of the control connection: Aegis gets its answers however busy the component is. */
const port = parentPort;
if (port === null) throw new Error('this module is the start of a thread');

const options: ControlOptions = workerData;
const connection = new ControlConnection(options, (event: ControlEvent) => {
  port.postMessage(event);
  if (event.type === 'closed') port.close();
});
port.on('message', (order: ControlOrder) => connection.obey(order));
