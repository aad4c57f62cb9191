import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/**
 * A port of the loopback interface that nobody listens on: `preferred` if it is free, else one that the system
 * chooses. `preferred: 0` means any. Another process may take it before it is used: start again then.
 */
export async function freePort(preferred: number): Promise<number> {
  return (await tryListen(preferred)) ?? (await tryListen(0)) ?? preferred;
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
