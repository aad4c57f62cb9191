import { connect } from 'node:net';

/** A component that only counts what it reads: shows what the path can do, not what a component can. */
const [socketPath = '', sessionId = '', componentId = ''] = process.argv.slice(2);
const NEWLINE = 10;
let lines = 0;

const socket = connect({ path: socketPath }, () => {
  socket.write(`${JSON.stringify({ component_id: componentId, session_token: sessionId })}\n`);
});
socket.on('data', (chunk: Buffer) => {
  for (let place = chunk.indexOf(NEWLINE); place >= 0; place = chunk.indexOf(NEWLINE, place + 1)) lines += 1;
});
socket.on('close', () => process.exit(lines > 0 ? 0 : 1));
process.on('disconnect', () => process.exit(0));
