import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, inject, it, onTestFinished } from 'vitest';
import { AegisClient } from '../../src/client/index.ts';
import { writeEndpoints } from '../../src/servers/endpoints.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';

/** A way to the Temporal of the tests that can be cut. */
class Bridge {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#accept(socket));
  refused = 0;
  #cut = false;

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `127.0.0.1:${address.port}`;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    if (this.#cut) {
      this.refused += 1;
      socket.destroy();
      return;
    }
    const [host, port] = inject('temporalAddress').split(':');
    const other = connect(Number(port), host);
    for (const each of [socket, other]) {
      this.#sockets.add(each);
      each.on('error', () => {});
    }
    socket.pipe(other).pipe(socket);
  }
}

it('a client that is closed while Temporal is away fails its requests and harms nobody', async () => {
  const bridge = new Bridge();
  onTestFinished(() => bridge.close());
  const home = tempDir();
  const temporal = { address: await bridge.listen(), namespace: 'default' };
  await writeEndpoints(home, { host: 'host', temporal, nats: { url: '' }, controlSocket: '' });
  const client = await AegisClient.connect({ home });
  bridge.cut();
  const asked = client.session('nobody').state();
  const failed = expect(asked).rejects.toMatchObject({ code: 'DEPENDENCY_DOWN' });
  await until('it is repeated', () => bridge.refused > 0);
  await client.close();
  // A retry on the closed connection would end this process instead.
  await failed;
});
