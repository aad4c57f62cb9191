import { connect } from 'node:net';
import { crc32 } from 'node:zlib';

/**
 * A component that counts lines and takes the CRC-32 of all bytes, and does nothing else: what the path can do. Says on its
 * standard output when it is connected, and when it has read the last byte.
 */
const [socketPath = '', sessionId = '', componentId = '', expected = '0'] = process.argv.slice(2);
const NEWLINE = 10;
const ANSWER_BYTES = 4_096;
const READ_BYTES = 256 * 1024;
const total = Number(expected);
let answer = ANSWER_BYTES;
let bytes = 0;
let rows = 0;
let crc = 0;

// One buffer for all reads: garbage of 64 KiB per read took this program from 0.16 to 0.36 CPU s per M rows.
const buffer = Buffer.alloc(READ_BYTES);
const socket = connect({ path: socketPath, onread: { buffer, callback: (length) => onRead(length) } }, () => {
  socket.write(`${JSON.stringify({ component_id: componentId, session_token: sessionId })}\n`);
});
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(bytes === total ? 0 : 1));
process.stdin.on('end', () => process.exit(0)).resume();

function onRead(length: number): boolean {
  const start = Math.min(answer, length);
  if (answer > 0) {
    answer -= start;
    if (answer === 0) say({ event: 'ready' });
  }
  if (start < length) take(buffer.subarray(start, length));
  return true;
}

function take(chunk: Buffer): void {
  for (let place = chunk.indexOf(NEWLINE); place >= 0; place = chunk.indexOf(NEWLINE, place + 1)) rows += 1;
  crc = crc32(chunk, crc);
  bytes += chunk.length;
  if (bytes >= total) say({ event: 'done', at: Number(process.hrtime.bigint()) / 1e6, rows, bytes, crc });
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
