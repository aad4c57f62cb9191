import { AegisError } from '../model/errors.ts';

/** Where a NATS server is, and who one is to it. */
export interface NatsAddress {
  readonly host: string;
  readonly port: number;
  /** The URL asks for TLS. */
  readonly tls: boolean;
  /** As NATS names them in CONNECT; empty when the URL has none. */
  readonly credentials: NatsCredentials;
  /** For messages: the address without credentials. */
  readonly shown: string;
}

export type NatsCredentials =
  | { readonly user: string; readonly pass: string }
  | { readonly auth_token: string }
  | Readonly<Record<string, never>>;

const DEFAULT_PORT = 4222;

/** `nats://[user:password@|token@]host[:port]`, or `tls://…`. Throws INVALID_SPEC when it is none. */
export function parseNatsUrl(url: string): NatsAddress {
  const text = url.includes('://') ? url : `nats://${url}`;
  const parsed = URL.parse(text);
  if (parsed === null || parsed.hostname === '' || !['nats:', 'tls:'].includes(parsed.protocol)) {
    // The text is not shown: it may hold a password.
    throw new AegisError('INVALID_SPEC', 'the URL of NATS is not nats://host:port');
  }
  const port = parsed.port === '' ? DEFAULT_PORT : Number(parsed.port);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    tls: parsed.protocol === 'tls:',
    credentials: credentialsIn(parsed),
    shown: `${parsed.protocol}//${parsed.hostname}:${port}`,
  };
}

function credentialsIn({ username, password }: URL): NatsCredentials {
  const user = decodeURIComponent(username);
  if (password !== '') return { user, pass: decodeURIComponent(password) };
  return user === '' ? {} : { auth_token: user };
}
