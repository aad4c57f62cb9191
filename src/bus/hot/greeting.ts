import type { NatsCredentials } from '../nats-address.ts';

/** What a server says of itself in INFO, as far as it matters here. */
export interface ServerInfo {
  /** Bytes of the largest message, header included. */
  readonly maxPayload: number;
  /** It encrypts, or could. */
  readonly tls: boolean;
}

/** Undefined when it is not the INFO of a NATS server that knows headers. */
export function parseInfo(text: string): ServerInfo | undefined {
  const info: unknown = parsed(text);
  if (typeof info !== 'object' || info === null) return undefined;
  const maxPayload: unknown = Reflect.get(info, 'max_payload');
  if (typeof maxPayload !== 'number' || Reflect.get(info, 'headers') !== true) return undefined;
  return { maxPayload, tls: Reflect.get(info, 'tls_required') === true || Reflect.get(info, 'tls_available') === true };
}

/** `echo: false`: what a client publishes does not come back to it. `verbose: false`: no `+OK` for each line. */
const WISHES = { verbose: false, pedantic: false, echo: false, headers: true, no_responders: true, protocol: 1 };

/** The first line of a client. */
export function connectLine(name: string, credentials: NatsCredentials): string {
  const json = JSON.stringify({ ...WISHES, name, lang: 'aegis', version: '1', ...credentials });
  return `CONNECT ${json.replace(/[^\x20-\x7e]/g, escaped)}\r\n`;
}

/** Every character of the line is to be one byte. */
function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
