import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

export interface ChoppyProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** Passes bytes on between clients and a NATS server, to the client in small pieces of other lengths than they came in. */
export async function choppyProxy(url: string, maxBytes: number): Promise<ChoppyProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = dial(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    let passed = Promise.resolve();
    upstream.on('data', (bytes: Buffer) => {
      passed = passed.then(() => inPieces(client, bytes, maxBytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `nats://127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function inPieces(client: Socket, bytes: Buffer, maxBytes: number): Promise<void> {
  for (let place = 0; place < bytes.length; ) {
    const end = Math.min(bytes.length, place + 1 + Math.floor(Math.random() * maxBytes));
    client.write(bytes.subarray(place, end));
    place = end;
    // The kernel must hand it out before the next piece comes.
    await turn();
  }
}
