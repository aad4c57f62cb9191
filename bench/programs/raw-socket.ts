import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * The limit: a process that has all bytes in memory, and writes them to a component as fast as the socket takes them. It
 * answers the handshake as Aegis does. A message of its parent begins.
 */
const [socketPath = '', path = ''] = process.argv.slice(2);
const ANSWER_BYTES = 4_096;
const WRITE_BYTES = 64 * 1024;
const bytes = readFileSync(path);

const server = createServer((socket) => {
  socket.once('data', () => {
    socket.write(`${'{"status":"ok","topics":[]}'.padEnd(ANSWER_BYTES - 1)}\n`);
  });
  socket.on('error', () => process.exit(1));
  process.once('message', () => {
    let place = 0;
    const write = (): void => {
      while (place < bytes.length) {
        const start = place;
        place = Math.min(bytes.length, start + WRITE_BYTES);
        if (!socket.write(bytes.subarray(start, place))) {
          socket.once('drain', write);
          return;
        }
      }
    };
    write();
  });
});
server.listen(socketPath, () => process.send?.('listening'));
process.on('disconnect', () => process.exit(0));
