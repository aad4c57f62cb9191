import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/**
 * Below the range from which systems take ports for outgoing connections: while a server is down, the source port of
 * some client's next attempt could otherwise be the very port that the server wants back.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 30_000;
const TRIES = 50;

/**
 * A port of the loopback interface that nobody listens on: `preferred` if it is free, else a random one.
 * `preferred: 0` means any. Another process may take it before it is used: start again then.
 */
export async function freePort(preferred: number): Promise<number> {
  const wanted = preferred === 0 ? [] : [preferred];
  const others = Array.from({ length: TRIES }, () => randomInt(FIRST_PORT, LAST_PORT));
  for (const port of [...wanted, ...others]) {
    if ((await tryListen(port)) !== undefined) return port;
  }
  return (await tryListen(0)) ?? preferred;
}

async function tryListen(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    const address = server.address();
    return isTcp(address) ? address.port : undefined;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}

function isTcp(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
