import { flushCompileCache } from 'node:module';
import { connectHotBus } from '../../bus/hot/hot-bus.ts';
import { AegisError, type ErrorData, messageOf } from '../../model/errors.ts';
import { giveBackWhenIdle } from '../../model/idle-memory.ts';
import {
  type DataStreamCommand,
  type DataStreamInit,
  type DataStreamMessage,
  dataStreamCommandSchema,
} from '../../model/wire/data-stream-process.ts';
import { DataStreamServer } from './data-stream-server.ts';
import type { DataStreamEvent, DataStreamStatus } from './events.ts';

/**
 * The process of a session's data stream server, forked by aegisd. The first message must be `init`, answered by
 * `listening`; the process ends with its parent.
 */
let starting: Promise<DataStreamServer> | undefined;

giveBackWhenIdle();
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  handle(dataStreamCommandSchema.parse(message)).catch(fail);
});

async function handle(command: DataStreamCommand): Promise<void> {
  if (command.type === 'init') {
    if (starting !== undefined) throw new AegisError('INTERNAL', 'a data stream process serves one session');
    starting = start(command);
    await starting;
    send({ type: 'listening' });
    // It will be killed, and Node writes it only at an end of its own.
    flushCompileCache();
    return;
  }
  const server = await starting;
  if (server === undefined) throw new AegisError('INTERNAL', `${command.type} came before init`);
  try {
    send(answer(server, command));
  } catch (error) {
    send({ type: 'refused', request: command.request, error: dataOf(error) });
  }
}

async function start(init: DataStreamInit): Promise<DataStreamServer> {
  const { sessionId, socketPath, directPath, journalPath, rowsPath } = init;
  const { dataGraceMs, dataReconnectMs, maxHeldBytes } = init;
  const bus = await connectHotBus({ url: init.natsUrl, name: `data stream ${sessionId}` });
  const server = new DataStreamServer({
    bus,
    sessionId,
    socketPath,
    journalPath,
    dataGraceMs,
    dataReconnectMs,
    ...(directPath === undefined ? {} : { directPath }),
    ...(rowsPath === undefined ? {} : { rowsPath }),
    ...(maxHeldBytes === undefined ? {} : { maxHeldBytes }),
    onEvent,
  });
  for (const { id, topics } of init.components) server.setComponent(id, topics);
  await server.listen();
  return server;
}

function answer(
  server: DataStreamServer,
  command: Exclude<DataStreamCommand, { type: 'init' }>,
): DataStreamMessage<DataStreamStatus> {
  const { request } = command;
  switch (command.type) {
    case 'setComponent':
      server.setComponent(command.component.id, command.component.topics);
      return { type: 'done', request };
    case 'removeComponent':
      server.removeComponent(command.componentId);
      return { type: 'done', request };
    case 'beginRun':
      server.beginRun({
        run: command.run,
        topics: command.topics,
        members: command.members,
        live: command.live === true,
      });
      return { type: 'done', request };
    case 'freeze':
      return { type: 'frozen', request, border: server.freeze(command.run) };
    case 'closeDataConnections':
      server.closeDataConnections();
      return { type: 'done', request };
    case 'status':
      return { type: 'status', request, status: server.status };
  }
}

function onEvent(event: DataStreamEvent): void {
  if (event.type === 'failed') fail(event.error);
  else if (event.type === 'warning') process.stderr.write(`${event.text}\n`);
  else send(event);
}

function fail(error: unknown): void {
  if (process.send === undefined || !process.connected) process.exit(1);
  process.send({ type: 'failed', error: dataOf(error) } satisfies DataStreamMessage, () => process.exit(1));
}

function dataOf(error: unknown): ErrorData {
  const known = AegisError.is(error) ? error : new AegisError('INTERNAL', messageOf(error), { cause: error });
  return known.toJSON();
}

function send(message: DataStreamMessage<DataStreamStatus>): void {
  if (process.connected) process.send?.(message);
}
