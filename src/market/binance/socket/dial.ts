import { Connection } from './connection.ts';
import type { ConnectionPort } from './connection-port.ts';
import type { LineContext } from './line-context.ts';

export interface DialOptions {
  readonly path: string;
  readonly context: LineContext;
  /** What the connection is to carry; changes while it is used. */
  readonly streams: ReadonlySet<string>;
  /** Those of them that must not be in a URL. */
  readonly refused: ReadonlySet<string>;
}

/** A new connection with the whole current list: as much as fits in the URL, the rest is asked for once it is open. */
export function dial({ path, context, streams, refused }: DialOptions, port: ConnectionPort): Connection {
  const { limits, timings, url: urlOf, nextNumber } = context;
  const welcome = [...streams].filter((stream) => !refused.has(stream));
  const { url, left } = urlOf(path, welcome);
  const connection = new Connection({ number: nextNumber(), url, limits, timings, port });
  connection.requests.ask('SUBSCRIBE', left);
  connection.requests.ask('SUBSCRIBE', refused);
  return connection;
}
