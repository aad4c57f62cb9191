#!/usr/bin/env node
/** An Aegis component in plain TypeScript, against the protocol alone: counts the rows of its stream and hashes them. */
import { createHash, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const capabilities = {
  requires_streams: ['trades', 'aggTrades', 'klines'],
  supported_symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
  supported_timeframes: ['1m'],
};
const { AEGIS_SOCKET = '', AEGIS_SESSION_TOKEN: session_token, AEGIS_COMPONENT_ID: component_id } = process.env;
const component_name = process.env.AEGIS_COMPONENT_NAME ?? 'counter';
const control = connect(AEGIS_SOCKET);
const digest = createHash('sha256');
let rows = 0;

function send(type: string, command: string, payload: object, correlation_id: string | null = null) {
  const envelope = { protocol_version: '0.1.0', message_id: randomUUID(), source: component_name, target: 'aegis' };
  control.write(`${JSON.stringify({ ...envelope, type, command, correlation_id, payload })}\n`);
}

function stream(path: string, component_id: string, session_token: string) {
  const data = connect(path);
  data.write(`${JSON.stringify({ component_id, session_token })}\n`);
  const lines = createInterface(data);
  // The first line is the answer: {"status":"ok","topics":[…]}.
  lines.once('line', () =>
    lines.on('line', (line) => {
      if (!line.endsWith('}}')) return; // a connection that is lost may cut its last line
      JSON.parse(line); // {"session_id":…,"topic":…,"ts":…,"data":{…}}: this is where a strategy would think
      rows += 1;
      digest.update(line).update('\n');
    }),
  );
}

send('LIFECYCLE', 'REGISTER', { session_token, component_id: component_id ?? '', component_name, capabilities });
let me = { component_id: '', session_id: '' };
for await (const line of createInterface(control)) {
  const { command, payload, message_id } = JSON.parse(line);
  if (command === 'REGISTERED') me = payload;
  if (command === 'CONFIGURE') stream(payload.data_stream_socket, me.component_id, me.session_id);
  if (['CONFIGURE', 'REBORN', 'SHUTDOWN'].includes(command)) send('CONTROL', 'ACK', { status: 'ok' }, message_id);
  const states =
    { REGISTERED: ['INITIALIZING', 'READY'], CONFIGURE: ['CONFIGURED', 'RUNNING'] }[command as string] ?? [];
  for (const state of states) send('LIFECYCLE', 'STATE_UPDATE', { state });
  if (command === 'PING') send('HEARTBEAT', 'PONG', { state: 'RUNNING' }, message_id);
  if (command === 'SHUTDOWN') break;
}
process.stdout.write(`${JSON.stringify({ rows, sha256: digest.digest('hex') })}\n`);
process.exit();
