import { spawn } from 'node:child_process';
import { freePort, LOOPBACK } from '../../src/servers/free-port.ts';
import { probeNats } from '../../src/servers/nats-probe.ts';
import { resolveServer } from '../../src/servers/resolve-server.ts';
import { NATS_SPEC } from '../../src/servers/server-spec.ts';
import { until } from './until.ts';

/** A nats-server of one test alone, to be killed and started again on the same port. */
export class OwnNats {
  readonly url: string;
  readonly #path: string;
  readonly #port: number;
  readonly #args: readonly string[];
  #child: ReturnType<typeof spawn> | undefined;

  private constructor(path: string, port: number, args: readonly string[]) {
    this.#path = path;
    this.#port = port;
    this.#args = args;
    this.url = `nats://${LOOPBACK}:${port}`;
  }

  /** `args`: more of them, such as `--user`. */
  static async start(args: readonly string[] = []): Promise<OwnNats> {
    const { path } = await resolveServer(NATS_SPEC);
    const nats = new OwnNats(path, await freePort(0), args);
    await nats.launch();
    return nats;
  }

  /** Starts it again after `kill`. Resolves when it answers. */
  async launch(): Promise<void> {
    this.#child = spawn(this.#path, ['-a', LOOPBACK, '-p', String(this.#port), ...this.#args], {
      stdio: 'ignore',
      env: { ...process.env, GOGC: '400' },
    });
    await until('nats-server greets', () =>
      probeNats(LOOPBACK, this.#port).then(
        () => true,
        () => false,
      ),
    );
  }

  /** SIGSTOP and SIGCONT: it is there and answers nothing. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
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
