#!/usr/bin/env node
/** An Aegis component against the protocol alone: counts trades of every size. No packages. */
import { createHash, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const {
  AEGIS_SOCKET = '',
  AEGIS_SESSION_TOKEN,
  AEGIS_COMPONENT_ID = '',
  AEGIS_COMPONENT_NAME = 'counter',
} = process.env;
const needs = {
  requires_streams: ['trades', 'aggTrades', 'klines'],
  supported_symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
  supported_timeframes: ['1m'],
};
const digest = createHash('sha256');
const totals = { component: AEGIS_COMPONENT_NAME, rows: 0, volume: 0 };
let me = { component_id: '', session_id: '' };

const control = connect(AEGIS_SOCKET);
const send = (type: string, command: string, payload: object, correlation_id: string | null = null) =>
  control.write(
    `${JSON.stringify({ protocol_version: '0.1.0', message_id: randomUUID(), correlation_id, source: AEGIS_COMPONENT_NAME, target: 'aegis', type, command, payload })}\n`,
  );

async function stream(path: string) {
  const data = connect(path);
  data.write(`${JSON.stringify({ component_id: me.component_id, session_token: me.session_id })}\n`);
  const lines = createInterface(data)[Symbol.asyncIterator]();
  await lines.next(); // {"status":"ok","topics":[…]}
  for await (const line of lines) {
    digest.update(line).update('\n');
    const row = JSON.parse(line);
    totals.rows += 1;
    totals.volume += row.data.volume ?? row.data.qty ?? row.data.quantity;
  }
}

send('LIFECYCLE', 'REGISTER', {
  session_token: AEGIS_SESSION_TOKEN,
  component_name: AEGIS_COMPONENT_NAME,
  component_id: AEGIS_COMPONENT_ID,
  capabilities: needs,
});
for await (const line of createInterface(control)) {
  const { command, payload, message_id: id } = JSON.parse(line);
  if (command === 'REGISTERED') {
    me = payload;
    for (const state of ['INITIALIZING', 'READY']) send('LIFECYCLE', 'STATE_UPDATE', { state });
  } else if (command === 'CONFIGURE') {
    void stream(payload.data_stream_socket);
    send('CONTROL', 'ACK', { status: 'ok' }, id);
    for (const state of ['CONFIGURED', 'RUNNING']) send('LIFECYCLE', 'STATE_UPDATE', { state });
  } else if (command === 'PING') send('HEARTBEAT', 'PONG', { state: 'RUNNING' }, id);
  else if (command === 'SHUTDOWN') {
    send('CONTROL', 'ACK', { status: 'ok' }, id);
    process.stdout.write(`${JSON.stringify({ ...totals, sha256: digest.digest('hex') })}\n`);
    control.end();
    break;
  }
}
process.exit();
