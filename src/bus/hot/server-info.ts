/** What a server says of itself, as far as it matters here. */
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
