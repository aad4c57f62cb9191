import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { connectHotBus } from '../../src/bus/hot/hot-bus.ts';
import type { BusOptions } from '../../src/bus/nats-bus.ts';
import { freePort } from '../../src/servers/free-port.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { NATS_SPEC } from '../../src/servers/server-spec.ts';
import { type NatsServer, startNats } from '../../src/servers/start-nats.ts';

type Connect = (options: BusOptions) => Promise<Bus>;

/** A nats-server as Aegis starts it, of one test file alone: to be killed and started again on the same port and store. */
export class OwnJetStream {
  readonly url: string;
  /** Where JetStream keeps its files. */
  readonly store: string;
  readonly #start: () => Promise<NatsServer>;
  readonly #connect: Connect;
  #server: NatsServer;

  private constructor(
    server: NatsServer,
    store: string,
    { start, connect }: { start: () => Promise<NatsServer>; connect: Connect },
  ) {
    this.url = server.url;
    this.store = store;
    this.#server = server;
    this.#start = start;
    this.#connect = connect;
  }

  /** `home`: where its store lies; the caller removes it. `connect`: how `connect` does it. */
  static async start(home: string, connect: Connect = connectHotBus): Promise<OwnJetStream> {
    const { path } = await resolveServer(NATS_SPEC);
    const [port, monitorPort] = [await freePort(0), await freePort(0)];
    const store = join(home, 'nats');
    const start = () => startNats({ path, port, monitorPort, store, log: join(home, 'nats.log') });
    return new OwnJetStream(await start(), store, { start, connect });
  }

  /** kill -9. Resolves when it is gone. */
  async kill(): Promise<void> {
    process.kill(this.#server.process.pid, 'SIGKILL');
    await this.#server.process.exited;
  }

  /** Again, after `kill`. */
  async launch(): Promise<void> {
    this.#server = await this.#start();
  }

  async stop(): Promise<void> {
    await this.#server.process.stop(5_000);
  }

  /** A connection that is closed when the running test ends. */
  async connect(name: string): Promise<Bus> {
    const bus = await this.#connect({ url: this.url, name });
    onTestFinished(() => bus.close());
    return bus;
  }
}
