import { spawn } from 'node:child_process';
import { connectBus } from '../../src/bus/nats-bus.ts';
import { freePort, LOOPBACK } from '../../src/servers/free-port.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { NATS_SPEC } from '../../src/servers/server-spec.ts';

/** A nats-server of one test alone, to be killed and started again on the same port. */
export class OwnNats {
  readonly url: string;
  readonly #path: string;
  readonly #port: number;
  #child: ReturnType<typeof spawn> | undefined;

  private constructor(path: string, port: number) {
    this.#path = path;
    this.#port = port;
    this.url = `nats://${LOOPBACK}:${port}`;
  }

  static async start(): Promise<OwnNats> {
    const { path } = await resolveServer(NATS_SPEC);
    const nats = new OwnNats(path, await freePort(0));
    await nats.launch();
    return nats;
  }

  /** Starts it again after `kill`. Resolves when it answers. */
  async launch(): Promise<void> {
    this.#child = spawn(this.#path, ['-a', LOOPBACK, '-p', String(this.#port)], {
      stdio: 'ignore',
      env: { ...process.env, GOGC: '400' },
    });
    const bus = await connectBus({ url: this.url, name: 'probe' });
    await bus.close();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
    this.#child = undefined;
  }
}
