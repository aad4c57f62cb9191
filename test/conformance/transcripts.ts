import type { Entry, Given, Happening, Transcript } from '../../src/conformance/transcript.ts';
import { ACK, type OutgoingBody } from '../../src/model/protocol/outgoing.ts';
import { readInbound } from '../../src/model/protocol/read-inbound.ts';

export const GIVEN: Given = {
  token: 'token-1',
  componentId: 'cmp-1',
  assignedId: 'cmp-1',
  sessionId: 'ses-1',
  mode: 'historical',
  dialect: undefined,
};

let ids = 0;

/** A transcript by hand; times are the places in the list. */
export function transcript(scenario: string, happenings: readonly Happening[], given: Partial<Given> = {}): Transcript {
  const entries = happenings.map((happening, at): Entry => ({ at, ...happening }));
  return { scenario, given: { ...GIVEN, ...given }, entries };
}

/** A message of the component. */
export function says(command: string, payload: object = {}, more: object = {}): Happening {
  const type = command === 'ACK' ? 'CONTROL' : command === 'PONG' ? 'HEARTBEAT' : 'LIFECYCLE';
  ids += 1;
  const head = { protocol_version: '0.1.0', message_id: `c${ids}`, source: 'test', target: 'aegis' };
  const fields = { ...head, type, command, payload, ...more };
  return { kind: 'message', connection: 1, dialect: 'json', fields, inbound: readInbound(fields) };
}

export function registers(payload: object = {}): Happening {
  const capabilities = { requires_streams: ['trades'], supported_symbols: ['BTCUSDT'] };
  return says('REGISTER', {
    session_token: 'token-1',
    component_id: 'cmp-1',
    component_name: 'a',
    capabilities,
    ...payload,
  });
}

export function hears(body: OutgoingBody, id = 'a1'): Happening {
  return { kind: 'sent', connection: 1, id, answers: null, body };
}

export const registered = hears({
  type: 'LIFECYCLE',
  command: 'REGISTERED',
  payload: { component_id: 'cmp-1', session_id: 'ses-1', state: 'REGISTERED' },
});

export const configure = hears(
  {
    type: 'CONFIG',
    command: 'CONFIGURE',
    payload: { data_stream_socket: '/s', topics: ['trades.BTCUSDT'], config: {} },
  },
  'configure',
);

export const opened: Happening = { kind: 'opened', socket: 'control', connection: 1 };
export const left: Happening = { kind: 'closed', socket: 'control', connection: 1, by: 'component' };
export const dropped: Happening = { kind: 'closed', socket: 'control', connection: 1, by: 'check' };
export const running: Happening = { kind: 'phase', connection: 1, phase: 'running' };
export const killed: Happening = { kind: 'signalled', signal: 'SIGKILL' };
export const ack = hears(ACK);

export function ended(code: number): Happening {
  return { kind: 'ended', code, signal: null, output: [] };
}

export function waited(what: string, ms: number): Happening {
  return { kind: 'waited', what, ms };
}

export function greets(
  claim: { received?: number; from?: number; run?: number },
  written: { rows: number; bytes: number },
): Happening {
  const handshake = {
    componentId: 'cmp-1',
    sessionToken: 'ses-1',
    format: 'ndjson',
    seq: false,
    notices: false,
    claim,
  } as const;
  return { kind: 'handshake', connection: 1, line: '', handshake, problem: undefined, written, run: 2 };
}
