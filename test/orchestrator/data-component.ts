// A component of the data socket alone, as a process that can be killed: reads rows, keeps a state over them in a file.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

interface Options {
  readonly socketPath: string;
  readonly handshake: Readonly<Record<string, unknown>>;
  /** Gets every processed line: the durable step of this component. */
  readonly out: string;
  /** Acknowledges after each durable step. */
  readonly acks: boolean;
  /** Begins with an empty state. */
  readonly rebuilds: boolean;
  /** Rows that it must have in the end. */
  readonly rows: number;
  /** Kills itself with SIGKILL right after the acknowledgement of at least so many rows. */
  readonly dieAt?: number;
}

const options: Options = JSON.parse(process.argv[2] ?? '{}');
const state = createHash('sha256');
let rows = 0;
let again = 0;
let connected = false;
let behind = true;
if (!options.rebuilds && existsSync(options.out)) take(readFileSync(options.out), true);

function open(): void {
  // After the first connection of this process it goes on where it is.
  const from = connected ? { ...options.handshake, from: rows } : options.handshake;
  const socket = connect(options.socketPath);
  let partial: Buffer = Buffer.alloc(0);
  let answered = false;
  // The first acknowledgement says only that others will follow.
  socket.on('connect', () => socket.write(`${JSON.stringify(from)}\n${options.acks ? '{"ack":0}\n' : ''}`));
  socket.on('data', (chunk) => {
    partial = Buffer.concat([partial, chunk]);
    if (!answered) {
      const end = partial.indexOf(10);
      if (end < 0) return;
      answered = true;
      const answer = JSON.parse(partial.toString('utf8', 0, end));
      partial = partial.subarray(end + 1);
      process.send?.({ answer });
      if (answer.status !== 'ok') return;
      connected = true;
      behind = true;
    }
    const whole = partial.lastIndexOf(10) + 1;
    if (whole === 0) return;
    const lines = partial.subarray(0, whole);
    partial = partial.subarray(whole);
    take(lines);
    if (options.acks) socket.write(`{"ack":${rows}}\n`);
    if (options.dieAt !== undefined && rows >= options.dieAt) process.kill(process.pid, 'SIGKILL');
    process.send?.({ rows, again });
    if (rows === options.rows) process.send?.({ state: state.copy().digest('hex') });
  });
  socket.on('error', () => undefined);
  socket.on('close', () => setTimeout(open, 50));
}

/** Goes on with the state. Rows that it has are dropped by their number; a missing one ends the process. */
function take(lines: Buffer, stored = false): void {
  let fresh = 0;
  for (let place = 0; place < lines.length; ) {
    const end = lines.indexOf(10, place);
    const row: { seq: number; status?: string } = JSON.parse(lines.toString('utf8', place, end));
    place = end + 1;
    // Its position, told before the first row.
    if (row.status === 'ok') {
      fresh = place;
      continue;
    }
    // Rows that it has may come at the beginning of a connection, before the first new one.
    if (row.seq !== rows && (!behind || !(row.seq < rows))) {
      // Gone once the message is.
      process.send?.({ problem: `row ${rows} was to come: ${lines.toString('utf8', place - 300, place)}` }, () =>
        process.exit(1),
      );
      return;
    }
    if (row.seq < rows) {
      again += 1;
      fresh = place;
    } else {
      rows += 1;
      behind = false;
    }
  }
  const kept = lines.subarray(fresh);
  if (!stored && !options.rebuilds) appendFileSync(options.out, kept);
  state.update(kept);
}

open();
