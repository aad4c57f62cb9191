import type { Entry } from './transcript.ts';

const MAX_PAYLOAD = 160;

/** An entry as people read it, after its time: `→` from the component, `←` from Aegis; undefined for what they need not see. */
export function entryLine(entry: Entry): string | undefined {
  const text = entryText(entry);
  return text === undefined ? undefined : `${entry.at.toLocaleString('en-US').padStart(8)} ms  ${text}`;
}

function entryText(entry: Entry): string | undefined {
  switch (entry.kind) {
    case 'message':
      return messageText(entry.fields);
    case 'sent':
      return `←  ${entry.body.command}${payloadText(entry.body.payload)}`;
    case 'handshake':
      return `→  data ${entry.connection}: ${entry.line}`;
    case 'answered':
      return `←  data ${entry.connection}: ${brief(JSON.stringify(entry.answer))}`;
    case 'ack':
      return `→  data ${entry.connection}: ${entry.problem ?? `{"ack":${entry.acked}}`}`;
    case 'rows': {
      const last = entry.first + entry.count - 1;
      const not = entry.taken ? '' : ', not read';
      return `←  data ${entry.connection}: rows ${entry.first} to ${last}, ${entry.bytes.toLocaleString('en-US')} bytes${not}`;
    }
    case 'torn':
      return `←  data ${entry.connection}: ${entry.bytes} bytes of row ${entry.row}, then the end of the connection`;
    case 'opened':
      return `   ${entry.socket} connection ${entry.connection}`;
    case 'closed':
      return `   ${entry.socket} connection ${entry.connection} ended by the ${entry.by}`;
    case 'launched':
      return `   launched, pid ${entry.pid}`;
    case 'ended':
      return `   the program ended${entry.signal === null ? `, exit code ${entry.code}` : ` by ${entry.signal}`}`;
    case 'signalled':
      return `   ${entry.signal} from the check`;
    case 'waited':
      return `   waited ${entry.ms.toLocaleString('en-US')} ms for ${entry.what}`;
    case 'step':
      return `   step: ${entry.step}`;
    case 'fault':
      return `   Aegis finds ${entry.code}: ${brief(entry.message)}`;
    case 'phase':
      return undefined;
    default:
      return entry satisfies never;
  }
}

function messageText(fields: Readonly<Record<string, unknown>>): string {
  const { command, payload, text } = fields;
  if (typeof command !== 'string') return `→  ${typeof text === 'string' ? text : brief(JSON.stringify(fields))}`;
  return `→  ${command}${payloadText(payload)}`;
}

function payloadText(payload: unknown): string {
  const text = JSON.stringify(payload) ?? '';
  return text === '' || text === '{}' || text === '{"status":"ok"}' ? '' : ` ${brief(text)}`;
}

function brief(text: string): string {
  return text.length > MAX_PAYLOAD ? `${text.slice(0, MAX_PAYLOAD)}…` : text;
}
